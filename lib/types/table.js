'use strict';
/**
 * The Haskell types that can cross, each as TypeScript has it and as JavaScript's natural values: `raw` as it crosses (`given`
 * to Haskell, `got` from it), `natural` as `typed()` has it, and the conversions between the two.
 */

const { inspect } = require('node:util');
const { wrongType, wrongValue } = require('../checks.js');

const same = (value) => value;

function integers(min, max, got = same) {
  const wanted = `a whole number from ${min} to ${max}`;
  return {
    raw: { given: 'number', got: 'number' },
    natural: { given: 'number', got: 'number' },
    toHaskell(value, at) {
      if (typeof value !== 'number') {
        throw wrongType(at, wanted, value);
      }
      if (!Number.isInteger(value) || value < min || value > max) {
        throw wrongValue(at, `must be ${wanted}, found ${value}`);
      }
      return value;
    },
    fromHaskell: got,
  };
}

function bigints(min, max, got = same) {
  const wanted = `a bigint from ${min} to ${max}`;
  return {
    raw: { given: 'bigint', got: 'bigint' },
    natural: { given: 'bigint', got: 'bigint' },
    toHaskell(value, at) {
      if (typeof value !== 'bigint') {
        throw wrongType(at, wanted, value);
      }
      if (value < min || value > max) {
        throw wrongValue(at, `must be ${wanted}, found ${value}`);
      }
      return value;
    },
    fromHaskell: got,
  };
}

/** Values that are the same on both sides and of one JavaScript type. */
function plain(type) {
  return {
    raw: { given: type, got: type },
    natural: { given: type, got: type },
    toHaskell(value, at) {
      if (typeof value !== type) {
        throw wrongType(at, `a ${type}`, value);
      }
      return value;
    },
    fromHaskell: same,
  };
}

const signed = (bits) => integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1);
const unsigned = (bits) => integers(0, 2 ** bits - 1, bits === 32 ? (value) => value >>> 0 : same);
const address = () => unsigned(32);
const double = plain('number');

const BOOL = {
  raw: { given: 'boolean | number', got: '0 | 1' },
  natural: { given: 'boolean', got: 'boolean' },
  toHaskell(value, at) {
    if (typeof value !== 'boolean') {
      throw wrongType(at, 'true or false', value);
    }
    return value ? 1 : 0;
  },
  fromHaskell: (value) => value !== 0,
};

const CHAR = {
  raw: { given: 'number', got: 'number' },
  natural: { given: 'string', got: 'string' },
  toHaskell(value, at) {
    if (typeof value !== 'string') {
      throw wrongType(at, 'a string of one character', value);
    }
    const point = value.codePointAt(0);
    if (point === undefined || String.fromCodePoint(point) !== value) {
      throw wrongValue(at, `must be one character, found ${inspect(value, { maxStringLength: 40 })}`);
    }
    return point;
  },
  fromHaskell: (value) => String.fromCodePoint(value),
};

/** Any value. That there is none is `null`, whether JavaScript said `null` or `undefined`, so that Haskell has one thing to ask for. */
const JSVAL = {
  raw: { given: 'unknown', got: 'unknown' },
  natural: { given: 'unknown', got: '{} | null' },
  toHaskell: (value) => value ?? null,
  fromHaskell: (value) => value ?? null,
};

const UNIT = {
  raw: { given: 'unknown', got: 'void' },
  natural: { given: 'unknown', got: 'void' },
  toHaskell: same,
  fromHaskell: () => undefined,
};

/** A type that could not be found out: whatever it is. */
const UNKNOWN = {
  raw: { given: 'unknown', got: 'unknown' },
  natural: { given: 'unknown', got: 'unknown' },
  toHaskell: same,
  fromHaskell: same,
};

const TYPES = new Map(
  Object.entries({
    Bool: BOOL,
    Char: CHAR,
    Int: signed(32),
    Int8: signed(8),
    Int16: signed(16),
    Int32: signed(32),
    Int64: bigints(-(2n ** 63n), 2n ** 63n - 1n),
    Word: unsigned(32),
    Word8: unsigned(8),
    Word16: unsigned(16),
    Word32: unsigned(32),
    Word64: bigints(0n, 2n ** 64n - 1n, (value) => BigInt.asUintN(64, value)),
    Float: double,
    Double: double,
    Ptr: address(),
    FunPtr: address(),
    StablePtr: address(),
    JSVal: JSVAL,
    JSString: plain('string'),
    JSException: JSVAL,
    '()': UNIT,
  }),
);

/** What is known of a type by its name in `module.exports`. */
const typeNamed = (name) => TYPES.get(name) ?? UNKNOWN;

module.exports = { typeNamed };
