'use strict';
/**
 * Haskell functions as JavaScript functions: what `foreign import javascript "wrapper"` makes.
 *
 * A callback lives as long as Haskell's stable pointer to its function. It dies when Haskell frees it (`freeJSVal`), or some
 * time after JavaScript has let it go. GHC's own glue then calls through a pointer to something else; here a callback that was
 * freed knows it.
 */

const { HsWasmError } = require('./errors.js');

/** The text of GHC's adjustors: 9.10's of fixed arity, 9.14's for any number of arguments. */
const FIXED = /^\(((?:a\d+,?)*)\) => __exports\.(\w+)\(\$1(?:,a\d+)*\)$/;
const VARIADIC = /^\(\.\.\.args\) => __exports\.(\w+)\(\$1, \.\.\.args\)$/;

/**
 * What the adjustor with this text calls, and with how many arguments; `undefined` if the text is none.
 *
 * @returns {{ worker: string, arity: number } | undefined}
 */
function adjustorOf(body) {
  if (!body.includes('=> __exports.')) {
    return undefined; // V8 compiles a pattern when it is first used.
  }
  const fixed = FIXED.exec(body);
  const worker = fixed?.[2] ?? VARIADIC.exec(body)?.[1];
  const arity = fixed ? fixed[1].split(',').filter(Boolean).length : Infinity;
  return worker === undefined ? undefined : { worker, arity };
}

class Callbacks {
  /** How many are alive. */
  live = 0;
  #states = new WeakMap();
  #registry;
  #exports;
  #kindOf;
  #enter;

  /**
   * @param {Record<string, Function>} exports GHC's `__exports`
   * @param {(pointer: number) => void} free gives a stable pointer back to Haskell
   * @param {(worker: string) => string} kindOf `'promise'` or `'value'`: what an export gives
   * @param {(kind: string, call: Function, args: unknown[]) => unknown} enter calls, now or when the guest is free
   */
  constructor(exports, free, kindOf, enter) {
    this.#exports = exports;
    this.#kindOf = kindOf;
    this.#enter = enter;
    this.#registry = new FinalizationRegistry((pointer) => {
      this.live -= 1;
      free(pointer);
    });
  }

  /** Of GHC's `__ghc_wasm_jsffi_finalization_registry`. */
  register(callback, pointer, token) {
    this.live += 1;
    this.#registry.register(callback, pointer, token);
  }

  /** Of GHC's `__ghc_wasm_jsffi_finalization_registry`. */
  unregister(token) {
    const unregistered = this.#registry.unregister(token);
    if (unregistered) {
      this.live -= 1;
      const state = this.#states.get(token);
      if (state) {
        state.freed = true;
      }
    }
    return unregistered;
  }

  /** The function that replaces an adjustor which `adjustorOf` has described. */
  adjustor({ worker, arity }) {
    return (pointer) => {
      const state = { freed: false };
      // Asked when the call begins: one that has to wait may find that Haskell has freed the callback meanwhile.
      const call = (...args) =>
        state.freed ? this.#refuse(worker) : this.#exports[worker](pointer, ...args);
      const callback = (...args) =>
        this.#enter(this.#kindOf(worker), call, args.length > arity ? args.slice(0, arity) : args);
      if (arity !== Infinity) {
        Object.defineProperty(callback, 'length', { value: arity, configurable: true });
      }
      this.#states.set(callback, state);
      return callback;
    };
  }

  #refuse(worker) {
    const error = freed(worker);
    if (this.#kindOf(worker) === 'promise') {
      return Promise.reject(error);
    }
    throw error;
  }
}

/** `ghczuwasmzujsffiZC2ZCmainZCCallbacksZC` is wrapper 2 of module Callbacks. */
function freed(worker) {
  const [, number, , module] = /ZC(\d+)ZC(\w+?)ZC(\w+)ZC$/.exec(worker) ?? [];
  const which =
    module === undefined
      ? worker
      : `import "wrapper" number ${number} of module ${module.replaceAll('zi', '.')}`;
  return new HsWasmError(
    'ERR_HS_FREED',
    `this callback (${which}) was freed by Haskell's freeJSVal and was called afterwards; free it when JavaScript will call it no more`,
  );
}

module.exports = { adjustorOf, Callbacks };
