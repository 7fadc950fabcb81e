'use strict';
// Every marshalable type at its boundaries, in both directions. A row is [value given by
// JavaScript, what Haskell shows, value that JavaScript gets]; each row goes through an export's
// argument and result, and through the argument and result of a sync and of an async import.

const { failure, instance } = require('./support');

const two = (n) => 2 ** n;
const big = (n) => 2n ** BigInt(n);

const toZero = [undefined, null, NaN, Infinity, -Infinity, -0, 'abc', '', {}, two(32), 1e300];
const int32 = [
  ...toZero.map((value) => [value, '0', 0]),
  [7, '7', 7],
  [-1, '-1', -1],
  [two(31) - 1, '2147483647', two(31) - 1],
  [-two(31), '-2147483648', -two(31)],
  [two(31), '-2147483648', -two(31)],
  [two(32) - 1, '-1', -1],
  [two(53) - 1, '-1', -1],
  [1.9, '1', 1],
  [-1.9, '-1', -1],
  [true, '1', 1],
  ['12', '12', 12],
  ['0x10', '16', 16],
  [[5], '5', 5],
  [{ valueOf: () => 9 }, '9', 9],
];
const word32 = [
  ...toZero.map((value) => [value, '0', 0]),
  [1, '1', 1],
  [two(31) - 1, '2147483647', two(31) - 1],
  [two(31), '2147483648', -two(31)],
  [two(32) - 1, '4294967295', -1],
  [-1, '4294967295', -1],
];
const int64 = [
  [0n, '0', 0n],
  [-1n, '-1', -1n],
  [big(53) + 1n, '9007199254740993', big(53) + 1n],
  [big(63) - 1n, '9223372036854775807', big(63) - 1n],
  [-big(63), '-9223372036854775808', -big(63)],
  [big(63), '-9223372036854775808', -big(63)],
  [big(64), '0', 0n],
  [big(64) + 5n, '5', 5n],
  [true, '1', 1n],
  ['12', '12', 12n],
  ['', '0', 0n],
];
const word64 = [
  [0n, '0', 0n],
  [big(63), '9223372036854775808', -big(63)],
  [big(64) - 1n, '18446744073709551615', -1n],
  [-1n, '18446744073709551615', -1n],
  [big(64), '0', 0n],
];
const floating = [
  [0, '0.0', 0],
  [-0, '-0.0', -0],
  [NaN, 'NaN', NaN],
  [Infinity, 'Infinity', Infinity],
  [-Infinity, '-Infinity', -Infinity],
  [0.5, '0.5', 0.5],
  [undefined, 'NaN', NaN],
  ['abc', 'NaN', NaN],
  [{}, 'NaN', NaN],
  [null, '0.0', 0],
  [true, '1.0', 1],
  ['1.5', '1.5', 1.5],
];
const address = [0, 1, 65_536, two(31) - 1].map((value) => [value, undefined, value]);
const negativeAddress = [
  [two(31), undefined, -two(31)],
  [two(32) - 1, undefined, -1],
];
const anything = [undefined, null, 0, -0, NaN, 1n, true, '', 'text', Symbol('s'), {}, [], () => 1];
const same = anything.map((value) => [value, undefined, value]);

const table = {
  Bool: [
    ...[0, -0, false, null, undefined, NaN, '', 'x', two(32)].map((value) => [value, 'False', 0]),
    ...[1, true, 2, -1, '1', 256].map((value) => [value, 'True', 1]),
  ],
  Char: [
    [0, "'\\NUL'", 0],
    ['A', "'\\NUL'", 0],
    [65, "'A'", 65],
    [0x3bb, "'\\955'", 0x3bb],
    [0xd800, "'\\55296'", 0xd800],
    [0x1f600, "'\\128512'", 0x1f600],
    [0x10ffff, "'\\1114111'", 0x10ffff],
  ],
  Int: int32,
  Int8: [
    [127, '127', 127],
    [-128, '-128', -128],
    [128, '-128', -128],
    [255, '-1', -1],
    [300, '44', 44],
    [undefined, '0', 0],
  ],
  Int16: [
    [32_767, '32767', 32_767],
    [-32_768, '-32768', -32_768],
    [32_768, '-32768', -32_768],
    [65_535, '-1', -1],
    [undefined, '0', 0],
  ],
  Int32: int32,
  Int64: int64,
  Word: word32,
  Word8: [
    [255, '255', 255],
    [256, '0', 0],
    [-1, '255', 255],
    [undefined, '0', 0],
  ],
  Word16: [
    [65_535, '65535', 65_535],
    [65_536, '0', 0],
    [-1, '65535', 65_535],
    [undefined, '0', 0],
  ],
  Word32: word32,
  Word64: word64,
  Ptr: [...address, ...negativeAddress],
  FunPtr: [...address, ...negativeAddress],
  StablePtr: [...address, ...negativeAddress],
  Float: [
    ...floating,
    [0.1, '0.1', Math.fround(0.1)],
    [16_777_217, '1.6777216e7', 16_777_216],
    [3.5e38, 'Infinity', Infinity],
    [1e-50, '0.0', 0],
  ],
  Double: [
    ...floating,
    [0.1, '0.1', 0.1],
    [Number.MAX_VALUE, '1.7976931348623157e308', Number.MAX_VALUE],
    [Number.MIN_VALUE, '5.0e-324', Number.MIN_VALUE],
    [two(53) + 2, '9.007199254740994e15', two(53) + 2],
  ],
  JSVal: same,
  JSString: same,
};

/** What no number can be made of, by type. */
const refused = {
  Int: [1n, Symbol('s')],
  Word8: [1n, Symbol('s')],
  Int64: [1, 1.5, undefined, null, NaN, Symbol('s')],
  Word64: [1, undefined, null, Symbol('s')],
  Float: [1n, Symbol('s')],
  Double: [1n, Symbol('s')],
};

describe.each(Object.entries(table))('%s', (type, rows) => {
  test('crosses as argument and result of an export', async () => {
    const { exports } = await instance('types-exports');
    for (const [given, shown, got] of rows) {
      expect(await exports[`echo${type}`](given)).toBe(got);
      if (shown !== undefined) expect(await exports[`show${type}`](given)).toBe(shown);
    }
  });

  test.each(['sync', 'async'])('crosses as argument and result of a %s import', async (kind) => {
    const { exports } = await instance(`types-${kind}-imports`);
    for (const [given, , got] of rows) {
      const seen = jest.fn(() => given);
      expect(await exports[`via${type}`](seen, given)).toBe(got);
      expect(seen.mock.calls).toEqual([[got]]);
    }
  });
});

describe('a value that cannot be converted', () => {
  test.each(Object.entries(refused))('is a TypeError as %s argument of an export', async (type, values) => {
    const { exports } = await instance('types-exports');
    for (const value of values) {
      expect(await failure(() => exports[`echo${type}`](value))).toBeInstanceOf(TypeError);
    }
    const [valid] = table[type].at(-1);
    expect(await exports[`echo${type}`](valid)).toBe(table[type].at(-1)[2]);
  });

  test.each(Object.entries(refused))('is a TypeError as %s result of a sync import', async (type, values) => {
    const [valid] = table[type].at(-1);
    for (const value of values) {
      const { exports } = await instance('types-sync-imports');
      const error = await failure(() => exports[`via${type}`](() => value, valid));
      expect(error).toBeInstanceOf(TypeError);
    }
  });

  test('is a SyntaxError where text is no bigint', async () => {
    const { exports } = await instance('types-exports');
    expect(await failure(() => exports.echoInt64('x'))).toBeInstanceOf(SyntaxError);
  });

  test('is the error of its own conversion if that throws', async () => {
    const { exports } = await instance('types-exports');
    const own = new Error('mine');
    const value = {
      valueOf() {
        throw own;
      },
    };
    expect(await failure(() => exports.echoInt(value))).toBe(own);
  });
});

describe('()', () => {
  test.each(['sync', 'async'])('is undefined, whatever a %s import returns', async (kind) => {
    const { exports } = await instance(`types-${kind}-imports`);
    expect(await exports.viaUnit(() => 42)).toBeUndefined();
  });
});

describe('arguments', () => {
  const ten = [1, 0x1f600, -128, -big(63), 0.5, -0, 'λ', 65_535, 5n, Symbol('ten')];

  test.each(['tenSync', 'tenAsync'])('of every kind keep their order through %s', async (name) => {
    const { exports } = await instance('many-arguments');
    expect(await exports[name](...ten)).toEqual(ten);
  });

  test.each(['noneSync', 'noneAsync'])('may be none: %s', async (name) => {
    const { exports } = await instance('many-arguments');
    expect(await exports[name]()).toEqual([]);
  });

  test('are converted in their order', async () => {
    const { exports } = await instance('many-arguments');
    const order = [];
    const spied = ten.map((value, at) => ({
      [Symbol.toPrimitive]() {
        order.push(at);
        return value;
      },
    }));
    await exports.tenSync(...spied);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 7, 8]);
  });

  test('that are missing are undefined', async () => {
    const { exports } = await instance('types-exports');
    expect(await exports.echoInt()).toBe(0);
    expect(await exports.echoDouble()).toBeNaN();
    expect(await exports.echoJSVal()).toBeUndefined();
    expect(await failure(() => exports.echoInt64())).toBeInstanceOf(TypeError);
  });

  test('that are too many are ignored', async () => {
    const { exports } = await instance('types-exports');
    expect(await exports.echoInt(1, 2, Symbol('s'))).toBe(1);
    expect(await (await instance('many-arguments')).exports.answer(1)).toBe(42);
  });
});

describe('newtypes', () => {
  test('cross as what they wrap', async () => {
    const { exports } = await instance('newtypes');
    expect(await exports.warmer(10.5)).toBe(21);
    expect(await exports.nextUser(big(62))).toBe(big(62) + 1n);
    expect(await exports.negateAdmin(5n)).toBe(-5n);
    expect(await exports.greet('Ada')).toBe('Ada');
  });
});
