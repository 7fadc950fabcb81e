'use strict';
// `typed(instance)`: exports with natural values.

const { engine, failure, instance, ours } = require('./support');

const two = (n) => 2 ** n;
const big = (n) => 2n ** BigInt(n);

/** Values that come back as they went. */
const same = {
  Bool: [true, false],
  Char: ['A', 'λ', '😀', '\0', '\ud800'],
  Int: [0, -1, two(31) - 1, -two(31)],
  Int8: [127, -128],
  Int16: [32_767, -32_768],
  Int32: [two(31) - 1, -two(31)],
  Int64: [0n, -1n, big(63) - 1n, -big(63)],
  Word: [0, two(31), two(32) - 1],
  Word8: [0, 255],
  Word16: [0, 65_535],
  Word32: [0, two(31), two(32) - 1],
  Word64: [0n, big(63), big(64) - 1n],
  Ptr: [0, two(31), two(32) - 1],
  FunPtr: [0, two(32) - 1],
  StablePtr: [0, two(32) - 1],
  Float: [0.5, -Infinity, NaN],
  Double: [0.1, -0, Number.MAX_VALUE],
  JSVal: [null, 0, '', Symbol('s'), {}],
  JSString: ['', 'λ😀'],
};

/** Values that are refused, by what is wrong with them. */
const type = {
  Bool: [0, 1, undefined, 'true'],
  Char: [65, undefined],
  Int: ['1', 1n, undefined, null],
  Int64: [1, undefined],
  Word8: [true],
  Word64: [1],
  Double: ['1', 1n, undefined],
  JSString: [1, null, undefined],
};
const value = {
  Char: ['', 'ab', 'e\u0301'],
  Int: [two(31), -two(31) - 1, 1.5, NaN],
  Int8: [128],
  Int16: [-32_769],
  Int64: [big(63)],
  Word: [-1, two(32)],
  Word8: [256, -1],
  Word64: [-1n, big(64)],
  Ptr: [-1],
};

const wrong = [
  ...Object.entries(type).map(([name, values]) => [name, 'ERR_INVALID_ARG_TYPE', values]),
  ...Object.entries(value).map(([name, values]) => [name, 'ERR_INVALID_ARG_VALUE', values]),
];

describe('typed', () => {
  ours.each(Object.entries(same))('gives %s back as it was given', async (name, values) => {
    const exports = engine.typed(await instance('types-exports'));
    for (const each of values) expect(await exports[`echo${name}`](each)).toBe(each);
  });

  ours.each(wrong)('refuses what is no %s (%s)', async (name, code, values) => {
    const exports = engine.typed(await instance('types-exports'));
    for (const each of values) {
      const error = await failure(() => exports[`echo${name}`](each));
      expect(error).toBeInstanceOf(TypeError);
      expect(error).toMatchObject({
        code,
        message: expect.stringMatching(`^echo${name}: argument 1: must be .*, found `),
      });
    }
  });

  ours('rejects where the export gives a promise, and throws where it does not', async () => {
    const { both, isEven } = engine.typed(await instance('typed'));
    const promise = both(true, 1);
    await expect(promise).rejects.toThrow('both: argument 2: must be true or false, found number 1');
    expect(() => isEven('2')).toThrow('isEven: argument 1: must be a whole number');
  });

  ours('sees through newtypes and synonyms, and knows exports for C', async () => {
    const { price, shout, next, greet, large, isEven, top } = engine.typed(await instance('typed'));
    expect(await price(250, 3)).toBe(750);
    expect(await shout('λ')).toBe('Λ');
    expect(await next(big(64) - 2n)).toBe(big(64) - 1n);
    expect(await greet('Ada')).toBe('Hello, Ada');
    expect(await large(-1n)).toBe(big(64) - 1n);
    expect([isEven(2), isEven(3), top(0), top(8)]).toEqual([true, false, two(32) - 1, 0]);
  });

  ours('has one word for no value', async () => {
    const { isNull, same: echo, delete: free } = engine.typed(await instance('typed'));
    expect([await isNull(undefined), await isNull(null), await isNull(0)]).toEqual([true, true, false]);
    expect([await echo(undefined), await echo()]).toEqual([null, null]);
    expect(await free({})).toBeUndefined();
  });

  ours('keeps names and numbers of parameters, and passes on what exports throw', async () => {
    const running = await instance('typed');
    const exports = engine.typed(running);
    expect(Object.keys(exports)).toEqual(Object.keys(running.exports));
    expect([exports.price.name, exports.price.length]).toEqual(['price', 2]);
    running.dispose();
    await expect(exports.price(1, 1)).rejects.toBeInstanceOf(engine.ClosedError);
  });

  ours('leaves alone what has no Haskell type', async () => {
    const running = await instance('typed', { exports: ['hs_perform_gc'] });
    const exports = engine.typed(running);
    expect(exports.hs_perform_gc).toBe(running.exports.hs_perform_gc);
    expect(exports.price).not.toBe(running.exports.price);
  });

  ours.each([[{ exports: {} }], [null], [undefined]])('is for instances: %j', (given) => {
    expect(() => engine.typed(given)).toThrow(
      expect.objectContaining({
        code: 'ERR_INVALID_ARG_TYPE',
        message: expect.stringMatching(/^typed\.instance/),
      }),
    );
  });
});
