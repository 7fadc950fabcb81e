'use strict';
/**
 * GHC's own snippets, recognised by their text and replaced by functions with the same meaning that are faster or
 * know more. The texts are those of `libraries/ghc-internal/src/GHC/Internal/Wasm/Prim/{Types,Imports,Exports}.hs`; one that is
 * not recognised (another GHC's) simply runs as it is.
 */

const { adjustorOf } = require('./callbacks.js');
const { TICK } = require('./cells.js');
const { perObject } = require('./per-object.js');
const { hasTime, nextTurn } = require('./turn.js');

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Under this a promise has its entry in `runtime.pending`. */
const ENTRY = Symbol('entry');

/**
 * A promise with its own `resolve` and `reject`, as GHC's text makes it; known as pending until it is settled. Haskell lets it go
 * only when it collects its garbage: so that there is little to keep until then, the two are the same functions for all.
 */
function promiseWithResolvers(runtime) {
  let resolve;
  let reject;
  const executor = (res, rej) => {
    resolve = res;
    reject = rej;
  };
  function resolveThis(value) {
    runtime.pending.delete(this[ENTRY])?.resolve(value);
  }
  function rejectThis(error) {
    runtime.pending.delete(this[ENTRY])?.reject(error);
  }
  return () => {
    const promise = new Promise(executor);
    promise.resolve = resolveThis;
    promise.reject = rejectThis;
    promise[ENTRY] = runtime.promised(promise, { resolve, reject });
    return promise;
  };
}

/**
 * The rejection of an export gets the JavaScript error that it began as for its `cause`. What our compiler's modules say
 * besides is the type of Haskell's exception; others know its text only.
 */
function rejectExport(runtime) {
  return (promise, message, type, module) => {
    const error = new WebAssembly.RuntimeError(message);
    if (type !== undefined) {
      error.haskell = { type, module };
    }
    const original = runtime.shown.find(message);
    if (original !== undefined) {
      Object.defineProperty(error, 'cause', {
        value: original.value,
        writable: true,
        configurable: true,
        enumerable: false,
      });
    }
    promise.reject(error);
  };
}

/** The text of a JSException: also for `null` and for what cannot be made into a string. */
function showError(runtime) {
  return (value) => {
    const text = describe(value);
    runtime.shown.add(text, value);
    return text;
  };
}

function describe(value) {
  try {
    return `${value?.stack ? value.stack : value}`;
  } catch {
    return tagOf(value);
  }
}

function tagOf(value) {
  try {
    return Object.prototype.toString.call(value);
  } catch {
    return `[${typeof value} that cannot be shown]`; // A Proxy can forbid everything.
  }
}

/** A promise that GHC waits for. A value of the wrong type rejects in Haskell; nobody would hear it otherwise. */
function awaitPromise(runtime, settle) {
  const { i32 } = runtime.cells;
  const convert = runtime.conversion(settle);
  const tell = (settler, pointer, value) => {
    runtime.awaited -= 1;
    if (hasTime(i32[TICK])) {
      runtime.settle(settler, pointer, value);
    } else {
      nextTurn(() => runtime.settle(settler, pointer, value));
    }
  };
  let resolve;
  const reject = (pointer, error) => tell(runtime.rawExports.rts_promiseReject, pointer, error);
  return (promise, pointer) => {
    runtime.awaited += 1;
    promise.then(
      (result) => {
        let converted;
        try {
          converted = convert(result);
        } catch (error) {
          reject(pointer, error);
          return;
        }
        resolve ??= runtime.rawExports[settle];
        tell(resolve, pointer, converted);
      },
      (error) => reject(pointer, error),
    );
  };
}

/** `threadDelay`, in microseconds. A thread of an instance that is closed keeps no process alive. */
function threadDelay(runtime) {
  return (microseconds) =>
    new Promise((resolve) => {
      const timer = setTimeout(
        () => {
          runtime.timers.delete(timer);
          resolve();
        },
        Math.max(0, microseconds) / 1000,
      ); // Node 24 warns of a negative one
      runtime.timers.add(timer);
    });
}

const bytes = (runtime, pointer, length) =>
  new Uint8Array(runtime.memory.buffer, pointer >>> 0, length >>> 0);

/** `binder body` → the function that replaces the snippet. */
const KNOWN = new Map([
  [
    '() let res, rej; const p = new Promise((resolve, reject) => { res = resolve; rej = reject; }); p.resolve = res; p.reject = rej; return p;',
    promiseWithResolvers,
  ],
  ['async ($1) new Promise(res => setTimeout(res, $1 / 1000))', threadDelay],
  ['($1,$2) $1.reject(new WebAssembly.RuntimeError($2))', rejectExport],
  [
    // toolchain/lib/patches.sh
    '($1,$2,$3,$4) $1.reject(Object.assign(new WebAssembly.RuntimeError($2), { haskell: { type: $3, module: $4 } }))',
    rejectExport,
  ],
  ['($1) `${$1.stack ? $1.stack : $1}`', showError],
  [
    '($1,$2,$3) (new TextEncoder()).encodeInto($1, new Uint8Array(__exports.memory.buffer, $2, $3)).written',
    (runtime) => (text, pointer, length) => encoder.encodeInto(text, bytes(runtime, pointer, length)).written,
  ],
  [
    "($1,$2) (new TextDecoder('utf-8', {fatal: true})).decode(new Uint8Array(__exports.memory.buffer, $1, $2))",
    (runtime) => (pointer, length) => decoder.decode(bytes(runtime, pointer, length)),
  ],
]);

const THEN =
  /^\$1\.then\((?:res|\(\)) => __exports\.(rts_promiseResolve\w+)\(\$2(?:, res)?\), err => __exports\.rts_promiseReject\(\$2, err\)\)$/;

/** Who replaces a snippet. */
const replacer = perObject(({ binder, body }) => {
  const known = KNOWN.get(`${binder} ${body}`);
  if (known) {
    return known;
  }
  const then = body.startsWith('$1.then(') && THEN.exec(body);
  if (then) {
    return (runtime) => awaitPromise(runtime, then[1]);
  }
  const adjustor = adjustorOf(body);
  return adjustor ? (runtime) => runtime.callbacks.adjustor(adjustor) : () => undefined;
});

/** The replacement of a snippet, or `undefined` for one that is the user's own. */
const replacement = (runtime, snippet) => replacer(snippet)(runtime);

module.exports = { replacement };
