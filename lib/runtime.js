'use strict';
/**
 * One instance from the inside: what it is made of, and its end. The calls into it are `calls.js`, the public face is `instance.js`.
 *
 * Once the guest has trapped, exited or been unwound by a JavaScript error, GHC's runtime inside cannot be entered
 * again: the instance is closed, and whoever still waits for a promise of it is told.
 */

const { Cells, exportFunction, toBigInt, LAYOUT } = require('./bridge.js');
const { Callbacks } = require('./callbacks.js');
const { Calls, kindOf } = require('./calls.js');
const { reached } = require('./channels.js');
const { watch } = require('./deadlock.js');
const { ClosedError, dying, fromRecord } = require('./errors.js');
const { makeHooks } = require('./hooks.js');
const { later } = require('./later.js');
const { Limits } = require('./limits.js');
const loop = require('./loop.js');
const { Memory } = require('./memory.js');
const { binding, unwrap } = require('./native.js');
const { Pending } = require('./pending.js');
const { Queue } = require('./queue.js');
const { ShownErrors } = require('./shown-errors.js');
const { Streams } = require('./stdio.js');
const { nextTurn } = require('./turn.js');

const heaps = later(() => require('./heap-overflow.js'));

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

const disposal = () => new ClosedError('ERR_HS_CLOSED', 'it was disposed of');
/** What nobody gets, whose stack nobody sees; to make one takes a twentieth of an instance's time. */
let disposed;

class Runtime {
  /** @type {Array<unknown>} JavaScript values the guest holds, by the slot of their key; key 0 is null's */
  values = [null];
  /** GHC's `__exports`: every export, `memory`, and what snippets put there. */
  rawExports = {};
  /** Promises of async exports that are not settled. */
  pending = new Pending();
  /** Calls of snippets that are still to be made. */
  queue = new Queue((error) => this.unwound(error));
  /** Timers of Haskell threads that sleep. */
  timers = new Set();
  /** How many promises Haskell waits for. */
  awaited = 0;
  shown = new ShownErrors();
  /** @type {Error | null} why the instance is closed */
  closed = null;
  /** @type {object[]} what is known of the user's exports */
  exportInfos;
  /** Called when the instance is closed. */
  onClose = () => {};
  #native;
  #streams;
  #calls;
  /** Why the instance is closing, while GHC's runtime ends. */
  #leaving = null;
  /** Who wants to know what the guest computes, from its beginning to its end. */
  #sampler;
  #scheduled = false;
  #signatures;
  // Native code holds these weakly.
  #hooks;

  /**
   * @param {{ name: string, native: object, info: object, snippets: import('./snippets.js').Snippets, exports: object[] }} module
   * @param {object} options of the instance, checked
   * @param {object} world what the addon makes WASI of
   */
  constructor(module, options, world) {
    const { info, snippets } = module;
    /** The module's. */
    this.name = module.name;
    this.exportInfos = module.exports;
    const widths = [...info.exports, ...info.snippets].map(({ params }) => params.length);
    this.cells = new Cells(Math.max(0, ...widths));
    this.#signatures = new Map(info.exports.map((signature) => [signature.name, signature]));
    this.usesJSFFI = info.abi !== 'none';
    const kinds = info.exports.map((signature) => kindOf(signature, info.abi));
    const numbers = new Map(info.exports.map(({ name }, index) => [name, index]));
    this.callbacks = new Callbacks(
      this.rawExports,
      (pointer) => this.background(() => this.rawExports.rts_freeStablePtr(pointer)),
      (worker) => this.#calls.kinds[numbers.get(worker)],
      (kind, call, args) => (this.#calls.ready ? call(...args) : this.#calls.later(kind, call, args)),
    );
    const { hooks, deferred } = makeHooks(this, snippets, options, () => this.#streams.serve());
    this.#hooks = hooks;
    const id = loop.register(this);
    const { thread, sliceMs, timeoutMs, fuel, sampler } = options;
    this.#sampler = sampler;
    const running = {
      thread,
      sliceMs: sliceMs ?? undefined,
      deferred,
      timeoutMs: timeoutMs ?? undefined,
      fuel: fuel ?? undefined,
    };
    this.#native = unwrap(binding.instantiate(module.native, world, running, loop.bells, id, this.#hooks));
    this.#calls = new Calls(this, this.#native.hot(), kinds);
    this.limits = new Limits(this, this.#native);
    this.#streams = new Streams(this.#native, options, () => this.#fed());
    this.memory = new Memory(this.#native);
    info.exports.forEach((signature, index) => {
      this.rawExports[signature.name] = exportFunction(this.#calls, index, signature, kinds[index]);
    });
    for (const [name, value] of Object.entries(info.constants)) {
      this.rawExports[name] = Object.freeze({ value, valueOf: () => value });
    }
    this.rawExports.memory = this.memory;
    this.#calls.ready = true;
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

  /** An export has made its promise, which is settled by `settlers`. */
  promised(promise, settlers) {
    const entry = this.pending.add(promise, settlers);
    this.#calls.promised(promise);
    this.limits.crowded();
    return entry;
  }

  /** What makes of a value what crosses as the second parameter of export `name`. */
  conversion(name) {
    return CONVERSIONS[this.#signatures.get(name)?.params[1] ?? 'externref'];
  }

  /** What native code left to do: GHC's scheduler, values to let go, output. */
  tidy() {
    const flags = this.cells.i32[0];
    this.cells.i32[0] = 0;
    if (flags & LAYOUT.flags.fewReleased) {
      const { i32 } = this.cells;
      for (let left = i32[2 * LAYOUT.released]; left > 0; left -= 1) {
        this.values[i32[2 * (LAYOUT.released + left)]] = undefined;
      }
    }
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

  /** JavaScript threw through the guest. */
  unwound(error) {
    this.close(
      new ClosedError(
        'ERR_HS_CLOSED',
        "a JavaScript error was thrown through Haskell by a synchronous import; GHC's runtime does not survive that " +
          '(catch it in the snippet, or import it as safe)',
        { cause: error },
      ),
    );
  }

  /** Runs what nobody waits for. If it fails, those who wait for the instance are told; otherwise it is an uncaught error. */
  background(body) {
    if (this.closed) {
      return;
    }
    const heard = this.pending.size > 0 || this.#calls.isHeard;
    try {
      body();
    } catch (error) {
      if (!heard) {
        throw error;
      }
    }
  }

  /** Gives Haskell what a promise has come to, by that export of GHC's; otherwise as `background`. */
  settle(settler, pointer, value) {
    if (this.closed) {
      return;
    }
    const heard = this.pending.size > 0 || this.#calls.isHeard;
    try {
      settler(pointer, value);
    } catch (error) {
      if (!heard) {
        throw error;
      }
    }
  }

  /** Rung by native code: output, input, or something about a call. */
  wake() {
    this.#streams.serve();
    if (this.closed) {
      // A guest that was in JavaScript then has come back.
      this.#native.close();
    } else {
      this.#calls.wake();
    }
  }

  /** Ends the instance, and before that GHC's runtime in good order where nothing runs in it: what is buffered is written. */
  dispose() {
    if (this.pending.size === 0) {
      this.#calls.settleDown();
    }
    const isAwaited = this.pending.size > 0 || this.#calls.count > 0;
    const reason = isAwaited ? disposal() : (disposed ??= disposal());
    const { hs_exit: exit } = this.rawExports;
    if (this.#calls.ready && this.usesJSFFI && exit && this.#native.stats().jsvals !== null) {
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
    this.#calls.ready = false;
    this.onClose();
    this.#sampler?.done(this.#native.takeSamples());
    this.#native.close();
    this.#streams.finish();
    this.values.length = 0;
    for (const timer of this.timers) {
      clearTimeout(timer);
    }
    this.rejectPending(reason);
    this.#calls.close(reason);
  }

  /** Rejects the promises of all calls that have not ended. */
  rejectPending(reason) {
    for (const promise of this.pending.list()) {
      // The call that is failing just now has made its promise but not given it to anybody. What is heard of the others must
      // not depend on where they ran, and so on who made the promise that the caller got.
      for (let known = promise; known; known = known.outer) known.catch(() => {});
      promise.reject(reason);
    }
  }

  /** Whether Haskell has nothing to do, but may wait for something. */
  get isAtRest() {
    return this.#calls.count === 0 && !this.#scheduled;
  }

  /** CPU samples from now on, until the function it gives is called, which gives them. */
  sample(intervalMs) {
    this.#native.sample(intervalMs);
    return () => this.#native.takeSamples();
  }

  /** What can be counted from outside. */
  stats() {
    const { jsvals, memoryBytes, migrations, fuel, tier, isCopy } = this.#native.stats();
    return {
      jsvals: this.closed ? 0 : (jsvals ?? undefined),
      callbacks: this.closed ? 0 : this.callbacks.live,
      memoryBytes,
      heapBytes: this.#heapBytes(),
      awaitedPromises: this.closed ? 0 : this.awaited,
      pendingCalls: this.pending.size + this.#calls.count,
      migrations,
      start: isCopy ? 'copied' : 'run',
      tier,
      fuel: fuel ?? undefined,
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

  /** The error of the hot function that failed. It closes the instance unless it is harmless. */
  failure() {
    const record = this.#native.takeError() ?? { code: 'ERR_HS_INTERNAL', message: 'no reason was left' };
    if (this.closed) {
      return this.closedError();
    }
    const lastWords = () => this.#native.lastWords();
    // GHC's own glue throws this class here, and so do we.
    const error =
      record.trap === 'StaleJSVal'
        ? new WebAssembly.RuntimeError(record.message)
        : reached(
            heaps().heapOverflow(record.exitCode, lastWords) ?? fromRecord(record, dying(record, lastWords)),
            this.name,
          );
    if (!HARMLESS.has(record.code)) {
      this.close(this.#leaving ?? error);
    }
    return error;
  }

  /** What a call of a closed instance fails with. */
  closedError() {
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
}

module.exports = { Runtime };
