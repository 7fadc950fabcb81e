'use strict';
// Imports: what the safety keyword means, what a body may be and what it sees.

const { failure, instance, until } = require('./support');

describe('the safety keyword', () => {
  test('unsafe gives Haskell what the snippet returns, a promise too', async () => {
    const { exports } = await instance('import-safety');
    expect(await exports.viaUnsafe(() => 'now')).toBe('now');
  });

  test.each(['viaSafe', 'viaInterruptible', 'viaNone'])('%s waits for the promise', async (name) => {
    const { exports } = await instance('import-safety');
    expect(await exports[name](() => 'at once')).toBe('at once');
    let finish;
    const call = exports[name](() => new Promise((resolve) => (finish = resolve)));
    expect(await Promise.race([call, new Promise((tick) => setImmediate(tick, 'waiting'))])).toBe('waiting');
    finish('later');
    expect(await call).toBe('later');
  });

  test('does not matter to an import without IO', async () => {
    const { exports } = await instance('import-safety');
    expect(await exports.sumTo(10)).toBe(130);
  });

  test('makes the result of an async import a thunk, even ()', async () => {
    const { exports } = await instance('import-safety');
    const events = [];
    const slow = async () => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      events.push('snippet');
    };
    await exports.startOnly(slow);
    events.push('started');
    await until(() => events.length === 2);
    await exports.startAndWait(slow);
    events.push('waited');
    expect(events).toEqual(['started', 'snippet', 'snippet', 'waited']);
  });
});

describe('a body', () => {
  const cases = [
    ['statements that return', 'statements', [100], 5050],
    ['an object literal', 'object', [4], { n: 4, twice: 8 }],
    ['blank, and is undefined then', 'empty', [1], undefined],
    ['statements that return nothing, as after a semicolon', 'semicolon', [1], undefined],
    ['an expression between comments', 'comments', [3], 3],
    ['more lines, with escapes', 'escapes', [3], '3λ'],
    ['a template, and keeps `$1` in quotes', 'literals', [3], '3$1'],
    ['an awaited expression', 'await', [Promise.resolve(5)], 5],
    ['statements that await', 'awaitStatements', [Promise.resolve(5)], 6],
    ['blank in an async import', 'emptyAsync', [1], undefined],
    ['an async loop', 'forAwait', [[Promise.resolve('first')]], 'first'],
    ['without a `this`', 'this', [1], 'undefined'],
  ];

  test.each(cases)('may be %s', async (_, name, args, result) => {
    const { exports } = await instance('import-bodies');
    expect(await exports[name](...args)).toEqual(result);
  });

  test('is the name of the binding if it is the empty string', async () => {
    const { exports } = await instance('import-bodies');
    expect(await exports.ownName()).toBe(structuredClone);
  });

  test('may be a function, which closes over the arguments', async () => {
    const { exports } = await instance('import-bodies');
    const add = await exports.function(40);
    expect(add(2)).toBe(42);
  });

  test('is strict code, as in an ES module', async () => {
    const { exports } = await instance('import-bodies');
    expect(await failure(() => exports.strict(1))).toBeInstanceOf(TypeError);
  });
});

describe('a snippet sees', () => {
  test('__exports: the same object every time, with the memory and every export', async () => {
    const { exports, rawExports } = await instance('import-scope');
    expect(await exports.exportsObject()).toBe(rawExports);
    expect(Object.keys(rawExports)).toEqual(
      expect.arrayContaining(['memory', '_initialize', 'twice', 'rts_schedulerLoop', 'rts_freeStablePtr']),
    );
  });

  test('what was put on __exports', async () => {
    const { exports, rawExports } = await instance('import-scope');
    const value = Symbol('tag');
    await exports.tag(value);
    expect(rawExports.tag).toBe(value);
    expect(await exports.tagged()).toBe(value);
  });

  test('the exports, and may call them if it is async', async () => {
    const { exports } = await instance('import-scope');
    expect(await exports.viaExport(21)).toBe(42);
  });

  test("Haskell's memory, to read and to write", async () => {
    const { exports } = await instance('import-scope');
    expect(await exports.squares(5)).toEqual(Int32Array.of(1, 4, 9, 16, 25));
    expect(await exports.total(3, [10, 20, 30])).toBe(60);
  });

  test('the finalization registry and the globals', async () => {
    const { exports } = await instance('import-scope');
    expect(await exports.registry()).toBe('function');
    expect(await exports.globals()).toEqual(['object', 'function', 'object']);
  });
});

describe('"dynamic"', () => {
  test('calls a JavaScript function at once', async () => {
    const { exports } = await instance('dynamic-imports');
    expect(await exports.sync0(() => 'called')).toBe('called');
    expect(await exports.sync2((n, text) => text.repeat(n), 3, 'ab')).toBe('ababab');
    expect(await exports.mapPure((n) => n * n, 10)).toBe(385);
  });

  test('waits for an async JavaScript function', async () => {
    const { exports } = await instance('dynamic-imports');
    expect(await exports.async0(async () => 'called')).toBe('called');
    expect(await exports.async2(async (n, text) => text.repeat(n), 3, 'ab')).toBe('ababab');
  });

  test('rejects with a TypeError if the value is no function', async () => {
    const { exports } = await instance('dynamic-imports');
    const error = await failure(() => exports.async0(5));
    expect(error.message).toMatch(/^JSException "TypeError: \$1 is not a function/);
    expect(await failure(() => exports.sync0(5))).toBeInstanceOf(TypeError);
  });
});
