'use strict';
// Exports: async ones give a promise, C ones a value; and what a bound thread must not do.

const { engine, failure, instance, ours, sink, until } = require('./support');

describe('a JSFFI export', () => {
  test('is a function that returns a promise of the realm', async () => {
    const { exports } = await instance('many-arguments');
    expect(exports.answer).toBeInstanceOf(Function);
    const call = exports.answer();
    expect(call).toBeInstanceOf(Promise);
    expect(await call).toBe(42);
  });

  test('may be called again, and by many at once', async () => {
    const { exports } = await instance('types-exports');
    const numbers = Array.from({ length: 1000 }, (_, n) => n);
    expect(await Promise.all(numbers.map((n) => exports.echoInt(n)))).toEqual(numbers);
  });

  test('needs no receiver', async () => {
    const { echoInt } = (await instance('types-exports')).exports;
    expect(await [1, 2].map((n) => echoInt(n)).at(1)).toBe(2);
  });

  ours('is listed in exports; what belongs to GHC is in rawExports only', async () => {
    const { exports, rawExports } = await instance('reentry');
    expect(Object.keys(exports).sort()).toEqual(['callSafe', 'callUnsafe', 'down', 'successor']);
    expect(rawExports).toMatchObject({ memory: expect.anything(), rts_schedulerLoop: expect.any(Function) });
  });
});

describe('a C export', () => {
  test('returns its value at once', async () => {
    const { exports } = await instance('c-exports');
    expect(exports.increment(41)).toBe(42);
    expect(exports.half(3)).toBe(1.5);
    expect(exports.next64(2n ** 63n - 1n)).toBe(-(2n ** 63n));
    expect(() => exports.next64(1)).toThrow(TypeError);
  });

  test('cannot wait for a promise: WouldBlockException', async () => {
    const { exports } = await instance('c-exports');
    expect(exports.forcePromise()).toBe(1);
    expect(exports.delay()).toBe(1);
    expect(exports.startPromise()).toBe(7);
    expect(await exports.promisedLater()).toBe(42);
  });

  test('that throws says so on stderr and exits with 1', async () => {
    const stderr = sink();
    const { exports } = await instance('c-exports', { stderr });
    const error = await failure(() => exports.failing());
    expect(error).toMatchObject({ code: 'ERR_HS_EXIT', exitCode: 1 });
    await until(() => stderr.text.includes('user error (nobody catches this)'));
  });

  ours('that exits closes the instance', async () => {
    const { exports } = await instance('c-exports', { stderr: 'ignore' });
    expect(await failure(() => exports.failing())).toBeInstanceOf(engine.ExitError);
    const error = await failure(() => exports.increment(1));
    expect(error).toBeInstanceOf(engine.ClosedError);
    expect(error).toMatchObject({ code: 'ERR_HS_CLOSED' });
  });
});
