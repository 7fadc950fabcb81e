'use strict';
/**
 * The calls into one instance: entering, waiting, queueing, coming back.
 *
 * An instance is *ready* unless a call is under way that has left this thread or waits (for a file, for stdin), or the instance is
 * closed. Only one call is in the guest at a time (calls from within a call apart): further calls are queued and done in their
 * order, be they the user's, a callback's, a promise's settlement or GHC's scheduler. Only what wants its value at once goes
 * ahead: the call under way is fetched and finished on this thread first, as it would have been on V8, unless it waits.
 *
 * Note [Promise or value]: an export whose result is an externref is asynchronous and gives the promise that GHC made
 * for it, or (of the newer ABI only) synchronous and gives a JSVal. Its wasm type does not tell, and it matters when the call
 * fails, waits or has used its slice. But GHC makes the promise before it does anything else; so whether one was made during a
 * call, and not during a call within it, tells afterwards. An export that was never called is taken to be asynchronous.
 */

const { LAYOUT, STATUS } = require('./cells.js');
const { departed } = require('./channels.js');
const { HsWasmError } = require('./errors.js');
const loop = require('./loop.js');
const { inTurn, nextTurn, spend, spent } = require('./turn.js');

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

/** How long the thread may stand still for a call that ends. */
const MOMENT_MS = 5;
const NOTHING = new Int32Array(new SharedArrayBuffer(4));

class Calls {
  /** Whether a call may enter the guest. */
  ready = false;
  /** For each export what its callers get: see Note [Promise or value]. */
  kinds;
  /** Whether the export that runs has made its promise. */
  promising = false;
  #made = null;
  #runtime;
  #resume;
  #reserve;
  #depart;
  #waiting = null;
  #queue = [];
  #due = false;

  /**
   * @param {import('./runtime.js').Runtime} runtime
   * @param {Array<(number: number) => number | undefined>} hot native code's `[enter, resume, reserve, depart]`
   * @param {string[]} kinds of the exports
   */
  constructor(runtime, hot, kinds) {
    this.#runtime = runtime;
    this.cells = runtime.cells;
    this.values = runtime.values;
    this.queue = runtime.queue;
    [this.enter, this.#resume, this.#reserve, this.#depart] = hot;
    this.kinds = kinds.map((kind) => (kind === 'either' ? 'promise' : kind));
  }

  /** How many have not ended. */
  get count() {
    return this.#queue.length + (this.#waiting ? 1 : 0);
  }

  /** Whether somebody hears of it if the guest fails. */
  get isHeard() {
    return this.#waiting !== null;
  }

  /** A key for a JavaScript value that is about to cross; negative if there is none. */
  key() {
    return this.#reserve(0) === undefined ? this.cells.i32[2] : -1;
  }

  /** A call that got no key for an argument. */
  refused(kind) {
    return fail(kind, this.#runtime.failure());
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

  /** An export has made its promise. */
  promised(promise) {
    this.promising = true;
    this.#made = promise;
    if (this.#waiting?.adopts) {
      this.#waiting.adopts = false;
      this.#adopt();
    }
  }

  /**
   * The caller has a promise of ours and gets the export's own for its value only when the export returns. Until then nobody
   * can hear of its rejection, and nobody needs to: it will be the rejection of ours.
   */
  #adopt() {
    this.#made?.catch(() => {});
    this.#made = null;
  }

  /** What native code left to do. */
  tidy() {
    this.#runtime.tidy();
  }

  /** A call that cannot begin now: the instance is closed, or another call is under way. */
  later(kind, call, args) {
    if (this.#runtime.closed) {
      return kind === 'nothing' ? undefined : fail(kind, this.#runtime.closedError());
    }
    if (kind === 'value') {
      return this.#ahead(call, args);
    }
    return this.#promise(kind, (resolve, reject) => {
      this.#queue.push(() => {
        try {
          resolve(call(...args));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** A call that wants its value now, while another is under way. */
  #ahead(call, args) {
    if (this.#waiting !== null) {
      this.#proceed(LAYOUT.hurry);
    }
    if (this.#runtime.closed) {
      throw this.#runtime.closedError();
    }
    if (this.#waiting !== null) {
      throw new HsWasmError(
        'ERR_HS_BUSY',
        'the export gives its value at once, but the instance is waiting in another call (for a file or for stdin); ' +
          'await that call first',
      );
    }
    this.ready = true;
    try {
      return call(...args);
    } finally {
      this.#settle();
      if (!this.ready) {
        nextTurn(() => this.#drain());
      }
    }
  }

  /** A call that has not simply ended. `read` reads its result from the cells. */
  unfinished(kind, status, read) {
    const isSpent = status === STATUS.spent;
    const isAway = status === STATUS.away;
    if (!isSpent && !isAway && status !== STATUS.pending) {
      const closedBefore = this.#runtime.closed !== null;
      const error = this.#runtime.failure();
      return closedBefore && kind === 'nothing' ? undefined : fail(kind, error);
    }
    if (kind === 'value') {
      return this.#finish(read);
    }
    this.ready = false;
    loop.hold(this.#runtime);
    if (isSpent) {
      this.#leave();
    }
    this.tidy();
    if (kind === 'promise' && !isAway) {
      this.#adopt();
    }
    const adopts = kind === 'promise' && isAway;
    return this.#promise(kind, (resolve, reject) => {
      this.#waiting = { read, resolve, reject, adopts };
    });
  }

  /** JavaScript threw through the guest. */
  thrown(kind, error) {
    this.#runtime.unwound(error);
    return fail(kind, error);
  }

  /** Rung by native code: the guest wants JavaScript, has ended, or what it waited for is there. */
  wake() {
    if (this.#waiting === null || this.#due) {
      return;
    }
    this.#due = true;
    inTurn(() => {
      this.#due = false;
      if (this.#waiting !== null) {
        this.#proceed(0);
        this.#drain();
      }
    });
  }

  /**
   * Gives the call under way a moment to come to its end. One that has been on another thread settles its promise before: who heard of
   * that and disposes of the instance shall not have to know.
   */
  settleDown() {
    const end = performance.now() + MOMENT_MS;
    while (this.#waiting !== null && performance.now() < end) {
      this.#proceed(0);
      if (this.#waiting !== null) Atomics.wait(NOTHING, 0, 0, 0.1);
    }
  }

  /** Fails what is under way and what is queued. */
  close(reason) {
    this.ready = false;
    const waiting = this.#waiting;
    if (waiting) {
      this.#awake();
      waiting.reject(reason);
    }
    for (const call of this.#queue.splice(0)) {
      call();
    }
  }

  /** Sees to the call under way; `how` is what native code is told. */
  #proceed(how) {
    const { read, resolve, reject } = this.#waiting;
    let status;
    // What the guest calls now may call it again.
    this.ready = true;
    try {
      status = this.#go(how);
    } catch (error) {
      this.#awake();
      this.thrown('promise', error).catch(reject);
      return;
    }
    if (status === STATUS.spent || status === STATUS.pending || status === STATUS.nothing) {
      this.ready = false;
      if (status === STATUS.spent) {
        this.#leave();
      }
      this.tidy();
      return;
    }
    this.#awake();
    if (status !== undefined) {
      reject(this.#runtime.failure());
      return;
    }
    const result = read();
    this.tidy();
    resolve(result);
  }

  /** Does what is queued, as far as there is time for it. */
  #drain() {
    while (this.#queue.length > 0 && this.#waiting === null && !this.#runtime.closed) {
      if (spent()) {
        this.ready = false;
        nextTurn(() => this.#drain());
        return;
      }
      this.ready = true;
      this.#queue.shift()();
    }
    this.#settle();
  }

  /** A call may enter if nobody was there before it. */
  #settle() {
    this.ready = this.#waiting === null && this.#queue.length === 0 && !this.#runtime.closed;
  }

  /** Waits for the end of a call whose caller gets a value. */
  #finish(read) {
    let status;
    try {
      status = this.#go(LAYOUT.block);
    } catch (error) {
      return this.thrown('value', error);
    }
    if (status !== undefined) {
      throw this.#runtime.failure();
    }
    const result = read();
    this.tidy();
    return result;
  }

  /** Lets native code see to the call under way. */
  #go(how) {
    try {
      return this.#resume(how);
    } finally {
      this.queue.drain();
    }
  }

  /** The guest has used its slice: it goes to a worker. */
  #leave() {
    spend();
    departed(this.#runtime.name);
    this.#depart(0);
  }

  #awake() {
    this.#waiting = null;
    loop.release(this.#runtime);
  }

  /** A promise where the caller gets one; errors of calls without result are the caller's to hear nowhere else. */
  #promise(kind, start) {
    if (kind === 'promise') {
      let end;
      const promise = new Promise((resolve, reject) => (end = { resolve, reject }));
      start((value) => {
        if (value instanceof Promise) {
          // For `Runtime.rejectPending`.
          value.outer = promise;
        }
        end.resolve(value);
      }, end.reject);
      return promise;
    }
    start(
      () => {},
      (error) =>
        this.#runtime.background(() => {
          throw error;
        }),
    );
    return undefined;
  }
}

function fail(kind, error) {
  if (kind === 'promise') {
    return Promise.reject(error);
  }
  throw error;
}

module.exports = { Calls, kindOf };
