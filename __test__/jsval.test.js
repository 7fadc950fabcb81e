'use strict';
// The life of JSVals: Haskell keeps JavaScript's values alive, and lets them go.

const { failure, instance, ours } = require('./support');

/** The number of live JSVals once both collections and their finalizers have run. */
async function live({ exports, stats }) {
  await exports.collect();
  await exports.collect();
  return stats().jsvals;
}

describe('a JSVal', () => {
  test('keeps its identity and its value while Haskell holds it', async () => {
    const { exports } = await instance('jsvals');
    const value = { some: 'object' };
    await exports.hold(value);
    await exports.makeAndDrop(10_000);
    await exports.collect();
    expect(await exports.lastHeld()).toBe(value);
    expect([await exports.isHeld(value), await exports.isHeld({ some: 'object' })]).toEqual([1, 0]);
  });

  test('lives until Haskell has collected its garbage', async () => {
    const running = await instance('jsvals');
    const before = await live(running);
    await running.exports.makeAndHold(1000);
    expect(await live(running)).toBe(before + 1000);
    await running.exports.letGo();
    expect(await live(running)).toBe(before);
  });

  test.each(['makeAndDrop', 'makeAndFree', 'callbacksDropped', 'callbacksFreed'])(
    'leaves nothing behind: a thousand of %s',
    async (name) => {
      const running = await instance('jsvals');
      const before = await live(running);
      await running.exports[name](1000);
      expect(await live(running)).toBe(before);
    },
  );

  test.each(['makeAndFree', 'callbacksFreed'])('needs no collection once it is freed: %s', async (name) => {
    const { exports, stats } = await instance('jsvals');
    await exports.collect();
    const before = stats().jsvals;
    await exports[name](1000);
    expect(stats().jsvals).toBeLessThan(before + 10);
  });

  test('that is plain may be freed again', async () => {
    const running = await instance('jsvals');
    const before = await live(running);
    await running.exports.freeTwice({});
    expect(await live(running)).toBe(before);
  });

  test('that was freed cannot be used: a WebAssembly.RuntimeError', async () => {
    const { exports } = await instance('jsvals');
    const error = await failure(() => exports.useAfterFree({}));
    expect(error).toBeInstanceOf(WebAssembly.RuntimeError);
    expect(error.message).toMatch(/getJSVal\(\d+\)/);
  });

  test('may be one of a hundred thousand', async () => {
    const running = await instance('jsvals');
    const before = await live(running);
    await running.exports.makeAndHold(100_000);
    await running.exports.letGo();
    expect(await live(running)).toBe(before);
  });

  ours('does not outlive its instance', async () => {
    const running = await instance('jsvals');
    await running.exports.makeAndHold(10);
    await running.dispose();
    expect(running.stats().jsvals).toBe(0);
  });
});
