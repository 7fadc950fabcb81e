'use strict';
/** Clocks that stand still until somebody moves them, for guests in tests. */

const { wrongType, wrongValue } = require('./checks.js');
const { binding } = require('./native.js');

/** The most milliseconds that fit where WASI counts nanoseconds. */
const MOST = 2 ** 64 / 1e6;

function milliseconds(value, at) {
  const number = typeof value?.getTime === 'function' ? value.getTime() : value;
  if (typeof number !== 'number') {
    throw wrongType(at, 'a number of milliseconds or a Date', value);
  }
  if (!(number >= 0 && number < MOST)) {
    throw wrongValue(at, `must be from 0 to 18446744073709 milliseconds, found ${number}`);
  }
  return number;
}

/** A clock that instances and runs go by, however many, wherever they compute. */
class ManualClock {
  #native;

  constructor({ now = 0 } = {}) {
    this.#native = new binding.NativeClock(milliseconds(now, 'ManualClock.options.now'));
  }

  /** Milliseconds since 1970. */
  now() {
    return this.#native.now();
  }

  /** Moves on; guests that sleep until then wake. */
  advance(by) {
    this.#native.advance(milliseconds(by, 'ManualClock.advance'));
  }

  /** Sets the time of day. Who sleeps for a time sleeps on. */
  set(now) {
    this.#native.set(milliseconds(now, 'ManualClock.set'));
  }

  /** @private An option that is a clock: what the addon knows it by. */
  static check(value, at) {
    if (typeof value !== 'object' || value === null || !(#native in value)) {
      throw wrongType(at, 'a ManualClock', value);
    }
    return value.#native;
  }
}

module.exports = { ManualClock };
