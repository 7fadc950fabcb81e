'use strict';

/** Promises that are not settled, each at its place in an array: a `Set` would cost more than the promise. */
class Pending {
  #entries = [];

  get size() {
    return this.#entries.length;
  }

  /** Gives what `delete` wants. */
  add(promise, settlers) {
    const entry = { promise, settlers, place: this.#entries.length };
    this.#entries.push(entry);
    return entry;
  }

  /** Gives what settles the promise; a second time nothing. */
  delete(entry) {
    const { place, settlers } = entry;
    if (place < 0) {
      return undefined;
    }
    entry.place = -1;
    entry.settlers = undefined;
    const last = this.#entries.pop();
    if (last !== entry) {
      this.#entries[place] = last;
      last.place = place;
    }
    return settlers;
  }

  /** Those that are pending now. */
  list() {
    return this.#entries.map(({ promise }) => promise);
  }
}

module.exports = { Pending };
