'use strict';
/**
 * What a call may take before it ends without having ended.
 *
 * Note [What ends and what goes on]: a guest that is stopped in the middle of Haskell leaves GHC's runtime as no one can use it
 * any more, so its instance is closed. But a Haskell thread that only waits (for a promise, for `threadDelay`, for an `MVar`) can be left
 * waiting: then the call alone rejects. So at the end of its time a call rejects at once, and if the guest is computing or in the
 * middle of a call of WASI,
 *
 * - it is stopped, where no other call is under way: it computes for this one;
 * - else it has a grace, in which GHC's scheduler comes round: an instance that comes to rest in it goes on, for the computation was
 *   another call's, and has ended; one that does not is closed.
 *
 * An aborted call has the same grace in either case. While JavaScript is held up (a synchronous export, `thread: 'main'`), the guest
 * stops itself at the same moment: `stopAfter`.
 */

const { abortion, throwIfAborted } = require('./abort.js');
const { reached } = require('./channels.js');
const { ClosedError, LimitError, invalidArg } = require('./errors.js');

/** GHC's scheduler comes round every 15 ms. */
const GRACE_MS = 20;
/** How often it is looked whether the guest is at rest. */
const LOOK_MS = 2;

const late = (what, ms) => `${what} took longer than timeoutMs = ${ms}`;

class Limits {
  #runtime;
  #native;
  /** Calls with a time limit: `{ at, message }`. */
  #timed = new Set();
  /** How many calls have ended before Haskell has ended them. */
  #abandoned = 0;

  constructor(runtime, native) {
    this.#runtime = runtime;
    this.#native = native;
  }

  /**
   * What `begin()` gives, a value or a promise, unless a limit ends it.
   *
   * @param {string} what is limited, for messages
   * @param {() => unknown} begin
   * @param {{ signal?: AbortSignal | null, timeoutMs?: number | null, fuel?: number | null }} limits
   */
  run(what, begin, { signal, timeoutMs, fuel }) {
    throwIfAborted(signal, what);
    const ends = [];
    const end = () => ends.splice(0).forEach((undo) => undo());
    if (timeoutMs) {
      ends.push(this.#time({ at: performance.now() + timeoutMs, message: late(what, timeoutMs) }));
    }
    if (fuel) {
      ends.push(this.#fuel(fuel));
    }
    let value;
    try {
      value = begin();
    } catch (error) {
      end();
      throw error;
    }
    if (typeof value?.then !== 'function') {
      end();
      return value;
    }
    return this.#promise(value, { what, signal, timeoutMs, ends, end });
  }

  /** Another call has begun: a guest that computes may do so for it. */
  crowded() {
    if (this.#timed.size > 0) {
      this.#arm();
    }
  }

  #promise(value, { what, signal, timeoutMs, ends, end }) {
    return new Promise((resolve, reject) => {
      let isOver = false;
      const over = (error, isPatient) => {
        isOver = true;
        reject(error);
        end();
        this.#over(value, error, isPatient);
        this.#abandoned += 1;
      };
      const ended = () => {
        end();
        this.#abandoned -= isOver ? 1 : 0;
      };
      if (timeoutMs) {
        const limit = () => {
          const error = new LimitError('ERR_HS_LIMIT', late(what, timeoutMs), { limit: 'time' });
          over(reached(error, this.#runtime.name), false);
        };
        const timer = setTimeout(limit, timeoutMs);
        ends.push(() => clearTimeout(timer));
      }
      if (signal) {
        const aborted = () => over(abortion(signal, what), true);
        signal.addEventListener('abort', aborted, { once: true });
        ends.push(() => signal.removeEventListener('abort', aborted));
      }
      value.then(
        (result) => {
          ended();
          resolve(result);
        },
        (error) => {
          ended();
          reject(error);
        },
      );
    });
  }

  /** See Note [What ends and what goes on]. */
  #over(promise, error, isPatient) {
    // GHC's newer JSFFI can raise it in the Haskell thread, which then ends by itself.
    const told = promise.throwTo;
    this.#runtime.background(() => told?.(error.cause ?? error));
    if (this.#runtime.isAtRest) {
      return;
    }
    if (isPatient || told || this.#isCrowded) {
      this.#grace(error, performance.now() + GRACE_MS);
    } else {
      this.#stop(error);
    }
  }

  get #isCrowded() {
    return this.#runtime.pending.size - this.#abandoned > 1;
  }

  #stop(cause) {
    const text = `Haskell was computing when this ended: ${cause.message}; GHC's runtime does not survive being stopped`;
    this.#runtime.close(new ClosedError('ERR_HS_CLOSED', text, { cause }));
  }

  #grace(error, until) {
    const look = () => {
      if (this.#runtime.closed || this.#runtime.isAtRest) {
        return;
      }
      if (performance.now() < until) {
        setTimeout(look, LOOK_MS);
      } else {
        this.#stop(error);
      }
    };
    setTimeout(look, LOOK_MS);
  }

  #time(timed) {
    // How many calls are pending has to be known at every moment now.
    this.#runtime.queue.hold();
    this.#timed.add(timed);
    this.#arm();
    return () => {
      this.#runtime.queue.release();
      this.#timed.delete(timed);
      this.#arm();
    };
  }

  /** Tells native code of the limit that is reached first. */
  #arm() {
    let first = null;
    for (const timed of this.#timed) {
      first = first === null || timed.at < first.at ? timed : first;
    }
    if (first === null) {
      this.#native.goOn();
      return;
    }
    const grace = this.#isCrowded ? GRACE_MS : 0;
    this.#native.stopAfter(first.at - performance.now() + grace, first.message);
  }

  #fuel(fuel) {
    const number = this.#native.limitFuel(fuel) ?? undefined;
    if (number === undefined) {
      throw invalidArg(
        'ERR_INVALID_ARG_VALUE',
        'call.options.fuel: this instance does not count fuel; pass `fuel` to instantiate() too, which compiles the module for it',
      );
    }
    return () => this.#native.liftFuel(number);
  }
}

module.exports = { Limits };
