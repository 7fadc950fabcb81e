'use strict';
/**
 * The ES module that gives a JSFFI module its imports without this package: what GHC's `post-link.mjs` writes, with the
 * same behaviour (it is ours to the letter, so the text differs).
 */

const { checkStrict, members } = require('./arrows.js');
const { binding, unwrap } = require('./native.js');
const { wasmBytes } = require('./options.js');

/**
 * What a module has before its snippets. Only the names that GHC's has too are visible to them, since any other would
 * hide a global. No top-level await, which bundlers and service workers refuse.
 */
const PRELUDE = `// Made by hs-wasm from the custom section ghc_wasm_jsffi. The default export takes the object that will hold the
// exports of the instance (fill it before _initialize) and gives the imports of module ghc_wasm_jsffi.
class JSValManager {
  #last = 0;
  #values = new Map();
  newJSVal(value) {
    // 32 bits: when all were used, those that are free again follow.
    do this.#last = (this.#last + 1) | 0;
    while (this.#values.has(this.#last));
    this.#values.set(this.#last, value);
    return this.#last;
  }
  getJSVal(key) {
    if (!this.#values.has(key)) throw new WebAssembly.RuntimeError(\`getJSVal(\${key})\`);
    return this.#values.get(key);
  }
  freeJSVal(key) {
    if (!this.#values.delete(key)) throw new WebAssembly.RuntimeError(\`freeJSVal(\${key})\`);
  }
}
const setImmediate = (() => {
  if (globalThis.setImmediate) return globalThis.setImmediate;
  if (typeof MessageChannel === "undefined") return (task) => setTimeout(task, 0);
  const { port1, port2 } = new MessageChannel();
  const waiting = [];
  // A port keeps some hosts alive: it may only while something waits.
  port1.onmessage = () => {
    const task = waiting.shift();
    if (waiting.length === 0) port1.unref?.();
    task();
  };
  port1.unref?.();
  return (task) => {
    waiting.push(task);
    port1.ref?.();
    port2.postMessage(undefined);
  };
})();
`;

/** The snippets of the module `wasm`. */
function snippetsOf(wasm) {
  return unwrap(binding.jsffiSnippets(Buffer.from(wasm)));
}

/** The text for the module `wasm`. */
function postLink(wasm) {
  const snippets = snippetsOf(wasmBytes(wasm, 'postLink.wasm'));
  checkStrict(snippets);
  return `${PRELUDE}
export default (__exports) => {
const __ghc_wasm_jsffi_jsval_manager = new JSValManager();
const __ghc_wasm_jsffi_finalization_registry =
  typeof FinalizationRegistry === "undefined"
    ? { register() {}, unregister: () => true }
    : new FinalizationRegistry((pointer) => __exports.rts_freeStablePtr(pointer));
return {
newJSVal: (value) => __ghc_wasm_jsffi_jsval_manager.newJSVal(value),
getJSVal: (key) => __ghc_wasm_jsffi_jsval_manager.getJSVal(key),
freeJSVal: (key) => __ghc_wasm_jsffi_jsval_manager.freeJSVal(key),
scheduleWork: () => setImmediate(__exports.rts_schedulerLoop),
${members(snippets)}
};
};
`;
}

module.exports = { postLink, snippetsOf };
