'use strict';
// Haskell closures as JavaScript functions ("wrapper"), and re-entry through them.

const { EventEmitter } = require('node:events');
const { failure, instance, ours, until } = require('./support');

describe('a callback', () => {
  test('is a JavaScript function that returns a promise', async () => {
    const { exports } = await instance('callbacks');
    const minus = await exports.minus();
    expect(minus).toBeInstanceOf(Function);
    const call = minus(5, 3);
    expect(call).toBeInstanceOf(Promise);
    expect(await call).toBe(2);
  });

  test('may have no, two, three or four arguments', async () => {
    const { exports } = await instance('callbacks');
    expect(await (await exports.counter(7))()).toBe(7);
    expect(await (await exports.minus())(3, 5)).toBe(-2);
    expect(await (await exports.three())(true, -0, 2n ** 40n)).toEqual([1, -0, 2n ** 40n]);
    const values = [undefined, null, 'x', Symbol('y')];
    expect(await (await exports.four())(...values)).toEqual(values);
  });

  test('converts its arguments as an export does', async () => {
    const { exports } = await instance('callbacks');
    const minus = await exports.minus();
    expect(await minus('7')).toBe(7);
    expect(await failure(() => minus(1n, 1))).toBeInstanceOf(TypeError);
    const three = await exports.three();
    expect(await failure(() => three(1, 1, 1))).toBeInstanceOf(TypeError);
  });

  test('is a closure with a state of its own', async () => {
    const { exports } = await instance('callbacks');
    const [one, other] = [await exports.counter(0), await exports.counter(100)];
    expect([await one(), await one(), await other(), await one()]).toEqual([0, 1, 100, 2]);
  });

  test('lives on in JavaScript after Haskell has collected its garbage', async () => {
    const { exports } = await instance('callbacks');
    const count = await exports.counter(0);
    for (let i = 0; i < 3; i += 1) {
      await exports.collect();
      expect(await count()).toBe(i);
    }
  });

  test('rejects if the closure throws, and may be called again', async () => {
    const { exports } = await instance('callbacks');
    const failing = await exports.failing();
    for (const n of [1, 2]) {
      const error = await failure(() => failing(n));
      expect(error).toBeInstanceOf(WebAssembly.RuntimeError);
      expect(error.message).toBe(`user error (no ${n})`);
    }
  });

  test('may wait while other calls of it finish', async () => {
    const { exports } = await instance('callbacks');
    const slow = await exports.slow();
    const finished = [];
    await Promise.all([60, 1, 30].map(async (n) => finished.push(await slow(n))));
    expect(finished).toEqual([1, 30, 60]);
  });

  test('serves array methods whose promises are awaited together', async () => {
    const { exports } = await instance('callbacks');
    expect(await exports.squares([1, 2, 3, 4])).toEqual([1, 4, 9, 16]);
    expect(await exports.squares([])).toEqual([]);
  });

  test('listens to an event emitter while Haskell waits', async () => {
    const { exports } = await instance('callbacks');
    const emitter = new EventEmitter();
    const texts = exports.threeEvents(emitter, 'word');
    await until(() => emitter.listenerCount('word') === 1);
    for (const text of ['to', 'be', 'or']) emitter.emit('word', text);
    expect(await texts).toBe('to be or');
  });

  test('may be called a thousand times at once', async () => {
    const { exports } = await instance('callbacks');
    const count = await exports.counter(0);
    const numbers = await Promise.all(Array.from({ length: 1000 }, () => count()));
    expect(numbers.sort((a, b) => a - b)).toEqual([...numbers.keys()]);
  });
});

describe('re-entry', () => {
  test('through an async import may call a callback at once, to any depth', async () => {
    const { exports } = await instance('reentry');
    expect(await exports.down(1)).toBe(1);
    expect(await exports.down(50)).toBe(50);
  });

  test('through an async import may call exports at once', async () => {
    const { exports } = await instance('reentry');
    expect(await exports.callSafe((n) => exports.successor(n), 1)).toBe(2);
    expect(await exports.callSafe((n) => exports.callSafe((m) => exports.successor(m), n), 5)).toBe(6);
  });

  ours('through a sync import fails with ERR_HS_REENTRY, and harms nothing', async () => {
    const { exports } = await instance('reentry');
    let inner;
    const outer = await exports.callUnsafe((n) => {
      inner = failure(() => exports.successor(n));
      return n;
    }, 5);
    expect(outer).toBe(5);
    expect(await inner).toMatchObject({ code: 'ERR_HS_REENTRY' });
    expect(await exports.successor(1)).toBe(2);
  });
});
