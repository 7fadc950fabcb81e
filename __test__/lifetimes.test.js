'use strict';
// How long things live: JSVals and their keys, callbacks, and what stats() says of them.

const { engine, failure, guestInstance, instance, ours } = require('./support');
const { Values } = require('./support/values');

describe('the keys of JSVals', () => {
  test('are never two values, however many come and go', async () => {
    const { exports, stats } = await guestInstance('keys');
    const random = new Values(42);
    const live = new Map();
    let made = 0;
    for (let step = 0; step < 20_000; step += 1) {
      if (live.size === 0 || random.below(100) < 51) {
        made += 1;
        const value = { made };
        const key = exports.make(value);
        if (live.has(key)) throw new Error(`key ${key} of a live value was given to another`);
        live.set(key, value);
      } else {
        const keys = [...live.keys()];
        const key = keys[random.below(keys.length)];
        if (exports.get(key) !== live.get(key)) throw new Error(`key ${key} has become another value`);
        exports.free(key);
        live.delete(key);
      }
    }
    expect(stats().jsvals).toBe(live.size);
    for (const [key, value] of live) expect(exports.get(key)).toBe(value);
  });

  test('are two for one value that crosses twice', async () => {
    const { exports } = await guestInstance('keys');
    const value = {};
    const [one, other] = [exports.make(value), exports.make(value)];
    expect(one).not.toBe(other);
    exports.free(one);
    expect(exports.get(other)).toBe(value);
  });

  ours('are not the next one’s at once, so that a freed one is noticed', async () => {
    for (const use of ['get', 'free']) {
      const { exports } = await guestInstance('keys');
      const key = exports.make('first');
      exports.free(key);
      expect(exports.make('second')).not.toBe(key);
      const error = await failure(() => exports[use](key));
      expect(error).toBeInstanceOf(WebAssembly.RuntimeError);
      expect(error.message).toMatch(/freed before/);
    }
  });
});

describe('stats()', () => {
  ours('counts JSVals, callbacks, calls and promises that Haskell waits for', async () => {
    const { exports, stats } = await instance('lifetimes');
    await exports.collect();
    await exports.collect();
    const before = stats();
    expect(before).toMatchObject({ callbacks: 0, awaitedPromises: 0, pendingCalls: 0 });
    expect(before.memoryBytes % 65_536).toBe(0);
    await exports.keep({});
    await exports.keptAdder(1);
    expect(stats().callbacks).toBe(1);
    await exports.forget();
    await exports.collect();
    expect(stats().jsvals).toBeLessThanOrEqual(before.jsvals);
  });

  ours('counts what is pending', async () => {
    const { exports, stats } = await instance('promises');
    const settle = [];
    const call = exports.parallel(() => new Promise((resolve) => settle.push(resolve)), 3);
    await new Promise((turn) => setImmediate(turn));
    // The first of the three is waited for; the others have only been started.
    expect(stats()).toMatchObject({ awaitedPromises: 1, pendingCalls: 1 });
    expect(settle).toHaveLength(3);
    settle.forEach((resolve) => resolve(2));
    expect(await call).toBe(6);
    expect(stats()).toMatchObject({ awaitedPromises: 0, pendingCalls: 0 });
  });

  ours('of a closed instance counts nothing', async () => {
    const running = await instance('lifetimes');
    await running.exports.keptAdder(1);
    await running.dispose();
    expect(running.stats()).toMatchObject({ jsvals: 0, callbacks: 0, awaitedPromises: 0, pendingCalls: 0 });
  });
});

describe('a JSVal', () => {
  test('may be freed as soon as it was used', async () => {
    const { exports } = await instance('lifetimes');
    const names = await Promise.all([1, 'x', {}, undefined, () => 1].map((value) => exports.nameOf(value)));
    expect(names).toEqual(['number', 'string', 'object', 'undefined', 'function']);
  });

  ours.each([
    ['useKept', /"\$1\.used = true"/],
    ['useKeptLater', /"\(\$1\.used = true\)"/],
    ['giveKept', /resolve|give it to JavaScript/],
  ])('that was freed is an error that names what wanted it: %s', async (use, message) => {
    const { exports } = await instance('lifetimes');
    const value = {};
    await exports.keep(value);
    await exports[use]();
    await exports.freeKept();
    const error = await failure(() => exports[use]());
    const reason = error instanceof engine.ClosedError ? error.cause : error;
    expect(reason).toBeInstanceOf(WebAssembly.RuntimeError);
    expect(reason.message).toMatch(/^getJSVal\(\d+\): this JSVal was freed before/);
    expect(reason.message).toMatch(message);
    expect(await failure(() => exports.collect())).toMatchObject({ code: 'ERR_HS_CLOSED', cause: reason });
  });

  test('that is not freed is the value, whatever was freed beside it', async () => {
    const { exports } = await instance('lifetimes');
    const [freed, held] = [{ freed: true }, { held: true }];
    await exports.keep(freed);
    await exports.freeKept();
    await exports.forget();
    await exports.keep(held);
    for (let n = 0; n < 10; n += 1) await exports.nameOf({});
    expect(await exports.giveKept()).toBe(held);
  });
});

describe('a callback', () => {
  ours('that Haskell has freed rejects with an error that names its import', async () => {
    const { exports, stats } = await instance('lifetimes');
    const add = await exports.keptAdder(40);
    expect(await add(2)).toBe(42);
    await exports.freeKept();
    expect(stats().callbacks).toBe(0);
    const error = await failure(() => add(2));
    expect(error).toBeInstanceOf(engine.HsWasmError);
    expect(error).toMatchObject({ code: 'ERR_HS_FREED' });
    expect(error.message).toMatch(/import "wrapper" number \d+ of module Lifetimes.*freeJSVal/);
  });

  ours('that Haskell has freed harms no other, and not the instance', async () => {
    const { exports } = await instance('lifetimes');
    const [freed, other] = [await exports.keptAdder(1), await exports.givenAdder(10)];
    await exports.freeKept();
    await failure(() => freed(1));
    expect(await other(1)).toBe(11);
  });

  ours('cannot be freed twice: the error names what wanted it', async () => {
    const { exports } = await instance('lifetimes');
    await exports.keptAdder(1);
    await exports.freeKept();
    const error = await failure(() => exports.freeKept());
    expect(error).toBeInstanceOf(WebAssembly.RuntimeError);
    expect(error.message).toMatch(/freed before.*unregister/);
  });

  test('outlives its JSVal: Haskell collects the one, JavaScript still calls the other', async () => {
    const { exports } = await instance('lifetimes');
    const add = await exports.givenAdder(40);
    for (let n = 0; n < 3; n += 1) await exports.collect();
    expect(await add(2)).toBe(42);
  });
});
