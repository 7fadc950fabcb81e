'use strict';
/**
 * The ES module that gives a JSFFI module its imports without this package: what GHC's `post-link.mjs` writes, with the
 * same behaviour (it is ours to the letter, so the text differs).
 */

const { binding, unwrap } = require('./native.js');
const { wasmInput } = require('./options.js');
const { arrow } = require('./snippets.js');

/** What a module has before its snippets. */
const PRELUDE = `// Made by hs-wasm from the custom section ghc_wasm_jsffi. The default export takes the object that will hold the
// exports of the instance (fill it before _initialize) and gives the imports of module ghc_wasm_jsffi.
class JSValManager {
  #last = 0;
  #values = new Map();
  newJSVal(value) {
    const key = ++this.#last;
    this.#values.set(key, value);
    return key;
  }
  getJSVal(key) {
    if (!this.#values.has(key)) throw new WebAssembly.RuntimeError(\`getJSVal(\${key})\`);
    return this.#values.get(key);
  }
  freeJSVal(key) {
    if (!this.#values.delete(key)) throw new WebAssembly.RuntimeError(\`freeJSVal(\${key})\`);
  }
}
const channel = globalThis.setImmediate || typeof MessageChannel === "undefined" ? null : new MessageChannel();
const waiting = [];
if (channel) {
  channel.port1.onmessage = () => waiting.shift()();
  channel.port1.unref?.();
}
const setImmediate =
  globalThis.setImmediate ??
  (channel
    ? (task) => {
        waiting.push(task);
        channel.port2.postMessage(0);
      }
    : (task) => setTimeout(task, 0));
`;

/** The text for the module `wasm`. */
function postLink(wasm) {
  const { bytes } = wasmInput(wasm, 'postLink.wasm');
  const snippets = unwrap(binding.jsffiSnippets(Buffer.from(bytes)));
  const records = snippets.map((snippet) => `${snippet.name}: ${arrow(snippet)},`);
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
${records.join('\n')}
};
};
`;
}

module.exports = { postLink };
