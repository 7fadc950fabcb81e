'use strict';
/**
 * The guest's linear memory as JavaScript sees it: like a `WebAssembly.Memory`, without copying.
 */

const { unwrap } = require('./native.js');

const PAGE_BYTES = 65_536;

/** Stands for the guest's memory. It is not a `WebAssembly.Memory`: V8 does not own the bytes. */
class Memory {
  #native;
  #buffer = null;

  constructor(native) {
    this.#native = native;
  }

  /**
   * The bytes. Detached when the memory grows, as V8 does: take it anew after every call into the guest.
   * @type {ArrayBuffer}
   */
  get buffer() {
    if (this.#buffer === null || this.#buffer.byteLength === 0) {
      this.#buffer = this.#native.buffer() ?? new ArrayBuffer(0);
    }
    return this.#buffer;
  }

  /** Whether `buffer` has the bytes. */
  isBuffer(buffer) {
    return buffer === this.#buffer;
  }

  /**
   * Makes the memory larger; every buffer taken before becomes empty.
   * @param {number} pages of 65,536 bytes
   * @returns {number} the former size in pages
   * @throws {RangeError} if a limit forbids it
   */
  grow(pages) {
    const delta = +pages;
    if (!(delta >= 0 && delta < 2 ** 32)) {
      throw new TypeError(`memory.grow: expected a number of pages of ${PAGE_BYTES} bytes, found ${pages}`);
    }
    const outcome = this.#native.grow(Math.trunc(delta));
    if (outcome.error?.code === 'ERR_HS_LIMIT') {
      throw new RangeError(`memory.grow: ${outcome.error.message}`);
    }
    return unwrap(outcome);
  }

  get [Symbol.toStringTag]() {
    return 'Memory';
  }
}

module.exports = { Memory };
