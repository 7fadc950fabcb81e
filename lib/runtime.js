'use strict';
/**
 * One instance from the inside: the calls into it, its waiting, its end. The public face is `instance.js`.
 *
 * An instance is *ready* unless a call waits in it (for a file, for stdin) or it is closed. While a call waits, further
 * calls are queued in their order. Once the guest has trapped, exited or been unwound by a JavaScript error, GHC's runtime
 * inside cannot be entered again: the instance is closed, and whoever still waits for a promise of it is told.
 *
 * Note [Promise or value]: an export whose result is an externref is asynchronous and gives the promise that GHC made
 * for it, or (of the newer ABI only) synchronous and gives a JSVal. Its wasm type does not tell, and it matters when the call
 * fails or waits. But GHC makes the promise before it does anything else; so whether one was made during a call, and not during
 * a call within it, tells afterwards. An export that was never called is taken to be asynchronous.
 */

const { Cells, shim, exportFunction, toBigInt, LAYOUT, MASK, STATUS, FIRST } = require('./bridge.js');
const { Callbacks } = require('./callbacks.js');
const { watch } = require('./deadlock.js');
const { ClosedError, HsWasmError, fromRecord } = require('./errors.js');
const { heapOverflow } = require('./heap-overflow.js');
const { replacement } = require('./internal-snippets.js');
const loop = require('./loop.js');
const { Memory } = require('./memory.js');
const { binding, unwrap } = require('./native.js');
const { ShownErrors } = require('./shown-errors.js');
const { Streams } = require('./stdio.js');
const { nextTurn } = require('./turn.js');

/** GHC's `BLOCK_SIZE` (`rts/include/rts/Constants.h`). */
const BLOCK_BYTES = 4096;

/** Errors after which the guest is as it was before the call. */
const HARMLESS = new Set(['ERR_HS_REENTRY', 'ERR_HS_BUSY']);

const CONVERSIONS = {
  i32: (value) => +value | 0,
  f32: (value) => +value,
  f64: (value) => +value,
  i64: toBigInt,
  externref: (value) => value,
};

/** What the caller of an export gets while the guest waits: see `exportFunction`. */
function kindOf({ name, results }, abi) {
  if (results[0] === 'externref') {
    return abi === '9.10' ? 'promise' : 'either';
  }
  if (name === '_initialize' || name === '_start') {
    return 'promise';
  }
  // GHC's runtime calls these from promise callbacks and timers, where nobody wants a value.
  return name.startsWith('rts_') ? 'nothing' : 'value';
}

class Runtime {
  /** @type {Array<unknown>} JavaScript values the guest holds, by the slot of their key; key 0 is null's */
  values = [null];
  /** GHC's `__exports`: every export, `memory`, and what snippets put there. */
  rawExports = {};
  /** Promises of async exports that are not settled. */
  pending = new Set();
  /** Timers of Haskell threads that sleep. */
  timers = new Set();
  /** How many promises Haskell waits for. */
  awaited = 0;
  shown = new ShownErrors();
  /** For each export what its callers get: see Note [Promise or value]. */
  kinds;
  /** Whether the export that runs has made its promise. */
  promising = false;
  ready = false;
  /** @type {Error | null} why the instance is closed */
  closed = null;
  /** Called when the instance is closed. */
  onClose = () => {};
  #native;
  #streams;
  #resume;
  #waiting = null;
  /** Why the instance is closing, while GHC's runtime ends. */
  #leaving = null;
  #queue = [];
  #scheduled = false;
  #signatures;
  #reserve;
  // Native code holds these weakly.
  #hooks;

  /**
   * @param {{ native: object, info: object, snippets: import('./snippets.js').Snippets }} module
   * @param {object} options of the instance, checked
   * @param {object} world what the addon makes WASI of
   */
  constructor(module, options, world) {
    const { info, snippets } = module;
    const widths = [...info.exports, ...info.snippets].map(({ params }) => params.length);
    this.cells = new Cells(Math.max(0, ...widths));
    this.#signatures = new Map(info.exports.map((signature) => [signature.name, signature]));
    this.usesJSFFI = info.abi !== 'none';
    this.kinds = info.exports.map((signature) => kindOf(signature, info.abi));
    const numbers = new Map(info.exports.map(({ name }, index) => [name, index]));
    this.callbacks = new Callbacks(
      this.rawExports,
      (pointer) => this.background(() => this.rawExports.rts_freeStablePtr(pointer)),
      (worker) => this.kinds[numbers.get(worker)],
    );
    const { i32 } = this.cells;
    const [first, second] = [2 * FIRST, 2 * (FIRST + 1)];
    const copy = () => {
      this.values[i32[second] & MASK] = this.values[i32[first] & MASK];
    };
    const serve = () => this.#streams.serve();
    const scope = { __exports: this.rawExports, __ghc_wasm_jsffi_finalization_registry: this.callbacks };
    const bound = snippets.bind(scope, options);
    const shims = snippets.list.map((snippet, index) =>
      shim(this.cells, this.values, snippet, replacement(this, snippet) ?? bound[index]),
    );
    this.#hooks = [this.cells.buffer, copy, serve, ...shims];
    const id = loop.register(this);
    this.#native = unwrap(binding.instantiate(module.native, world, loop.bells, id, this.#hooks));
    [this.enter, this.#resume, this.#reserve] = this.#native.hot();
    this.#streams = new Streams(this.#native, options, () => this.#fed());
    this.memory = new Memory(this.#native);
    info.exports.forEach((signature, index) => {
      this.rawExports[signature.name] = exportFunction(this, index, signature, this.kinds[index]);
    });
    this.kinds = this.kinds.map((kind) => (kind === 'either' ? 'promise' : kind));
    for (const [name, value] of Object.entries(info.constants)) {
      this.rawExports[name] = Object.freeze({ value, valueOf: () => value });
    }
    this.rawExports.memory = this.memory;
    this.ready = true;
    watch(this);
  }

  /** Starts GHC's runtime, unless that was done when the module was made. */
  async start() {
    await this.rawExports._initialize?.();
  }

  /** Streams that the caller asked for with `'pipe'`. */
  get pipes() {
    return this.#streams.pipes;
  }

  /** A key for a JavaScript value that is about to cross; negative if there is none. */
  key() {
    return this.#reserve(0) === undefined ? this.cells.i32[2] : -1;
  }

  /** A call that got no key for an argument. */
  refused(kind) {
    return this.#fail(kind, this.#failure());
  }

  /** Before a call of an export that gives either; what it returns is for `learn`. */
  observe() {
    const outer = this.promising;
    this.promising = false;
    return outer;
  }

  /** After it. */
  learn(number, outer) {
    this.kinds[number] = this.promising ? 'promise' : 'value';
    this.promising = outer;
  }

  /** What a value becomes that crosses as the second parameter of export `name`. */
  convert(name, value) {
    const type = this.#signatures.get(name)?.params[1];
    return type === undefined ? value : CONVERSIONS[type](value);
  }

  /** What native code left to do: GHC's scheduler, values to let go, output. */
  tidy() {
    const flags = this.cells.i32[0];
    this.cells.i32[0] = 0;
    if (flags & LAYOUT.flags.released) {
      for (const slot of this.#native.takeReleased()) {
        this.values[slot] = undefined;
      }
    }
    if (flags & LAYOUT.flags.streams) {
      this.#streams.serve();
    }
    if (flags & LAYOUT.flags.schedule && !this.#scheduled) {
      this.#scheduled = true;
      nextTurn(() => {
        this.#scheduled = false;
        this.background(() => this.rawExports.rts_schedulerLoop());
      });
    }
  }

  /** A call that cannot begin now: the instance is closed, or another call waits in it. */
  later(kind, call, args) {
    if (this.closed) {
      return kind === 'nothing' ? undefined : this.#fail(kind, this.#closedError());
    }
    if (kind === 'value') {
      throw new HsWasmError(
        'ERR_HS_BUSY',
        'the export gives its value at once, but the instance is waiting in another call (for a file or for stdin); ' +
          'await that call first',
      );
    }
    return this.#promised(kind, (resolve, reject) => {
      this.#queue.push(() => {
        try {
          resolve(call(...args));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** A call that has not simply ended. `read` reads its result from the cells. */
  unfinished(kind, status, read) {
    if (status !== STATUS.pending) {
      const closedBefore = this.closed !== null;
      const error = this.#failure();
      return closedBefore && kind === 'nothing' ? undefined : this.#fail(kind, error);
    }
    if (kind === 'value') {
      return this.#finish(read);
    }
    this.ready = false;
    loop.hold(this);
    this.tidy();
    return this.#promised(kind, (resolve, reject) => {
      this.#waiting = { read, resolve, reject };
    });
  }

  /** JavaScript threw through the guest. */
  thrown(kind, error) {
    this.close(
      new ClosedError(
        'ERR_HS_CLOSED',
        "a JavaScript error was thrown through Haskell by a synchronous import; GHC's runtime does not survive that " +
          '(catch it in the snippet, or import it as safe)',
        { cause: error },
      ),
    );
    return this.#fail(kind, error);
  }

  /** Runs what nobody waits for. If it fails, those who wait for the instance are told; otherwise it is an uncaught error. */
  background(body) {
    if (this.closed) {
      return;
    }
    const heard = this.pending.size > 0 || this.#waiting !== null;
    try {
      body();
    } catch (error) {
      if (!heard) {
        throw error;
      }
    }
  }

  /** Rung by native code: output, input, or a wait that is over. */
  wake() {
    this.#streams.serve();
    if (this.#waiting === null) {
      return;
    }
    const { read, resolve, reject } = this.#waiting;
    let status;
    // What the guest calls now may call it again.
    this.ready = true;
    try {
      status = this.#resume(0);
    } catch (error) {
      this.#awake();
      this.thrown('promise', error).catch(reject);
      return;
    }
    if (status === STATUS.pending || status === STATUS.nothing) {
      this.ready = false;
      this.tidy();
      return;
    }
    this.#awake();
    if (status !== undefined) {
      reject(this.#failure());
      return;
    }
    const result = read();
    this.tidy();
    resolve(result);
    while (this.ready && this.#queue.length > 0) {
      this.#queue.shift()();
    }
  }

  /** Ends the instance, and before that GHC's runtime in good order where nothing runs in it: what is buffered is written. */
  dispose(reason) {
    const { hs_exit: exit } = this.rawExports;
    if (this.ready && this.usesJSFFI && exit && this.#native.stats().jsvals !== null) {
      this.#leaving = reason;
      // While a thread waits for input, GHC's runtime would too.
      this.#native.feed(undefined);
      try {
        exit();
      } catch {
        // What cannot end in good order ends all the same.
      }
    }
    this.close(reason);
  }

  /** Ends the instance for the reason given, and tells everybody who waits for it. */
  close(reason) {
    if (this.closed) {
      return;
    }
    this.closed = reason;
    this.ready = false;
    this.onClose();
    this.#native.close();
    this.#streams.finish();
    this.values.length = 0;
    const waiting = this.#waiting;
    if (waiting) {
      this.#awake();
      waiting.reject(reason);
    }
    for (const timer of this.timers) {
      clearTimeout(timer);
    }
    this.rejectPending(reason);
    for (const call of this.#queue.splice(0)) {
      call();
    }
  }

  /** Rejects the promises of all calls that have not ended. */
  rejectPending(reason) {
    for (const promise of this.pending) {
      // The call that is failing just now has made its promise but not given it to anybody.
      promise.catch(() => {});
      promise.reject(reason);
    }
  }

  /** What can be counted from outside. */
  stats() {
    const { jsvals, memoryBytes } = this.#native.stats();
    return {
      jsvals: this.closed ? 0 : (jsvals ?? undefined),
      callbacks: this.closed ? 0 : this.callbacks.live,
      memoryBytes,
      heapBytes: this.#heapBytes(),
      awaitedPromises: this.closed ? 0 : this.awaited,
      pendingCalls: this.pending.size + (this.#waiting ? 1 : 0) + this.#queue.length,
    };
  }

  /** What GHC's storage manager has in use, where the module tells (the compiler driver has it exported). */
  #heapBytes() {
    const address = this.rawExports.n_alloc_blocks?.value;
    return address === undefined || this.closed
      ? undefined
      : new DataView(this.memory.buffer).getUint32(address, true) * BLOCK_BYTES;
  }

  /** There is something to read: see Note [Stdin of a reactor] in `src/host/stdio/input.rs`. */
  #fed() {
    this.background(() => this.rawExports.rts_schedulerLoop?.());
  }

  /** Waits for the end of a call whose caller gets a value. */
  #finish(read) {
    let status;
    try {
      status = this.#resume(LAYOUT.block);
    } catch (error) {
      return this.thrown('value', error);
    }
    if (status !== undefined) {
      throw this.#failure();
    }
    const result = read();
    this.tidy();
    return result;
  }

  #awake() {
    this.#waiting = null;
    loop.release(this);
  }

  /** The error of the hot function that failed. It closes the instance unless it is harmless. */
  #failure() {
    const record = this.#native.takeError() ?? { code: 'ERR_HS_INTERNAL', message: 'no reason was left' };
    if (this.closed) {
      return this.#closedError();
    }
    // GHC's own glue throws this class here, and so do we.
    const error =
      record.trap === 'StaleJSVal'
        ? new WebAssembly.RuntimeError(record.message)
        : (heapOverflow(record.exitCode, () => this.#native.lastWords()) ?? fromRecord(record));
    if (!HARMLESS.has(record.code)) {
      this.close(this.#leaving ?? error);
    }
    return error;
  }

  #closedError() {
    const why =
      this.closed instanceof ClosedError
        ? this.closed.message
        : `${this.closed.name}: ${this.closed.message}`;
    const cause = this.closed instanceof ClosedError ? this.closed.cause : this.closed;
    return new ClosedError(
      'ERR_HS_CLOSED',
      `the instance is closed: ${why}`,
      cause === undefined ? {} : { cause },
    );
  }

  #fail(kind, error) {
    if (kind === 'promise') {
      return Promise.reject(error);
    }
    throw error;
  }

  /** A promise where the caller gets one; errors of calls without result are the caller's to hear nowhere else. */
  #promised(kind, start) {
    if (kind === 'promise') {
      return new Promise(start);
    }
    start(
      () => {},
      (error) =>
        this.background(() => {
          throw error;
        }),
    );
    return undefined;
  }
}

module.exports = { Runtime };
