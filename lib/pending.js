'use strict';

/** Promises that are not settled, each at its place in an array: a `Set` would cost more than the promise. */
class Pending {
  #entries = [];

  get size() {
    return this.#entries.length;
  }

  /** Gives what `delete` wants. */
  add(promise) {
    const entry = { promise, place: this.#entries.length };
    this.#entries.push(entry);
    return entry;
  }

  /** A second time it does nothing. */
  delete(entry) {
    const { place } = entry;
    if (place < 0) {
      return;
    }
    entry.place = -1;
    const last = this.#entries.pop();
    if (last !== entry) {
      this.#entries[place] = last;
      last.place = place;
    }
  }

  /** Those that are pending now. */
  list() {
    return this.#entries.map(({ promise }) => promise);
  }
}

module.exports = { Pending };
