'use strict';
/**
 * Calls of snippets that native code has taken note of and that are still to be made: Note [Queued calls] in `src/node/queue.rs`.
 *
 * An entry is the snippet's number and what it reads, in cells of 8 bytes. Whoever lets JavaScript run that could tell the
 * difference, calls `drain` first if `i32[0]` is not 0.
 */

const { LAYOUT } = require('./cells.js');

const { firstCall: FIRST_CALL, cells: CELLS } = LAYOUT.queue;

/** In place of the end, says to native code that there is no room. */
const CLOSED = 2 ** 31 - 1;

class Queue {
  #runners = [];
  #draining = false;
  #holders = 0;
  #fail;

  /** @param {(error: unknown) => void} [fail] is told that a call has thrown */
  constructor(fail = () => {}) {
    this.#fail = fail;
    this.buffer = new ArrayBuffer(CELLS * 8);
    this.i32 = new Int32Array(this.buffer);
    this.i64 = new BigInt64Array(this.buffer);
    this.f32 = new Float32Array(this.buffer);
    this.f64 = new Float64Array(this.buffer);
  }

  /** `runners[n](at, end)` makes the calls of snippet `n` from cell `at` on and gives where it has stopped. */
  start(runners) {
    this.#runners = runners;
  }

  /** Makes all calls that are there. None throws unless the stack is full; those after it are not made then. */
  drain() {
    if (this.#draining || this.#holders > 0) {
      return;
    }
    const end = this.i32[0];
    let at = FIRST_CALL;
    this.#draining = true;
    this.i32[0] = CLOSED;
    try {
      while (at < end) {
        at = this.#runners[this.i32[2 * at]](at, end);
      }
    } catch (error) {
      this.#fail(error);
      throw error;
    } finally {
      this.#draining = false;
      this.i32[0] = this.#holders > 0 ? CLOSED : 0;
    }
  }

  /** From now on no call is queued, until as many `release`s. Nothing is in the queue. */
  hold() {
    this.#holders += 1;
    this.i32[0] = CLOSED;
  }

  /** Ends a `hold`. */
  release() {
    this.#holders -= 1;
    if (this.#holders === 0 && !this.#draining) {
      this.i32[0] = 0;
    }
  }
}

module.exports = { Queue };
