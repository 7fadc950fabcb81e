'use strict';
// JavaScript values of every kind that can be given to wasm, generated from a seed. An object among them writes
// down how it is converted, so that not only the outcome of a conversion can be compared but also its steps.

/** A generator of numbers from 0 to 1 (mulberry32). */
function random(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  NaN,
  Infinity,
  -Infinity,
  0.1,
  1e21,
  -1e21,
  1e300,
  16_777_217,
  3.4028234663852886e38,
  3.4028235677973366e38,
  1.401298464324817e-45,
  7.006492321624085e-46,
  Number.MAX_VALUE,
  Number.MIN_VALUE,
  Number.EPSILON,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
];
const TEXTS = [
  ...'| |0|-0|+1|007|12| 12\n|1.5|-1.5e3|1e400|.5|5.|1_000|0x1f|-0x1f|0b101|0o17|0b2|0x|12n|NaN'.split('|'),
  ...'Infinity|-Infinity|infinity|true|null|λ|\u00a05|4294967296|9223372036854775807'.split('|'),
  ...'9223372036854775808|-9223372036854775809|18446744073709551616'.split('|'),
];

/** What generates values; `log` takes the steps of conversions. */
class Values {
  #next;
  #bits = new DataView(new ArrayBuffer(8));

  constructor(seed) {
    this.#next = random(seed);
  }

  /** An integer from 0 to `n - 1`. */
  below(n) {
    return Math.floor(this.#next() * n);
  }

  #pick(list) {
    return list[this.below(list.length)];
  }

  #word() {
    return this.below(2 ** 32);
  }

  #number() {
    this.#bits.setUint32(0, this.#word());
    this.#bits.setUint32(4, this.#word());
    return this.#pick([
      () => this.#pick(NUMBERS),
      () => this.#bits.getFloat64(0),
      () => this.#bits.getFloat32(0),
      () => this.#bits.getInt32(0),
      () => (this.#next() - 0.5) * 2 ** this.below(70),
      () => (this.below(2) ? 1 : -1) * 2 ** this.below(65) + this.below(3) - 1,
    ])();
  }

  #bigint() {
    const power = 1n << BigInt(this.below(130));
    const word = BigInt(this.#word());
    return (
      this.#pick([power, power - 1n, power + 1n, word, (word << 32n) | word, 0n]) * this.#pick([1n, -1n])
    );
  }

  #text() {
    return this.#pick([
      () => this.#pick(TEXTS),
      () => String(this.#number()),
      () => String(this.#bigint()),
      () => ` ${this.#number()}\t`,
    ])();
  }

  #primitive() {
    return this.#pick([
      () => this.#number(),
      () => this.#number(),
      () => this.#bigint(),
      () => this.#text(),
      () => this.#pick([true, false, null, undefined, Symbol('generated')]),
    ])();
  }

  /** What a conversion method does. */
  #method(name) {
    const result = this.#pick([
      () => this.#primitive(),
      () => this.#primitive(),
      () => ({}),
      () => undefined,
    ])();
    const thrown = this.below(6) === 0 ? new RangeError(`of ${name}`) : undefined;
    return (log) => (hint) => {
      log.push(hint === undefined ? name : `${name} ${hint}`);
      if (thrown) throw thrown;
      return result;
    };
  }

  #object() {
    const [valueOf, toString, toPrimitive] = ['valueOf', 'toString', 'toPrimitive'].map((name) =>
      this.below(2) ? this.#method(name) : undefined,
    );
    const onlyValue = this.#method('valueOf');
    const [primitive, list] = [this.#primitive(), [this.#primitive(), this.#primitive()]];
    const time = this.below(2 ** 31) * 1000;
    return this.#pick([
      () => (log) => ({ valueOf: onlyValue(log) }),
      () => (log) =>
        Object.assign(
          {},
          valueOf && { valueOf: valueOf(log) },
          toString && { toString: toString(log) },
          toPrimitive && { [Symbol.toPrimitive]: toPrimitive(log) },
        ),
      () => () => [primitive].filter((each) => typeof each !== 'symbol'),
      () => () => list,
      () => () => [],
      () => () => new Date(time),
      () => () => Object(primitive ?? 1),
      () => () => Object.create(null),
      () => () => () => time,
      () => (log) => new Proxy({}, { get: (target, key) => (log.push(`get ${String(key)}`), target[key]) }),
    ])();
  }

  /** A function `(log) => value`, which gives as good as the same value each time. */
  next() {
    if (this.below(3) === 0) return this.#object();
    const value = this.#primitive();
    return () => value;
  }
}

module.exports = { Values };
