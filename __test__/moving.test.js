'use strict';
// An instance begins in machine code that is there soon, and goes on in better code as soon as that is made: nothing is lost between the
// two calls, and nobody sees it but who asks for the tier, or holds a view of the memory.

const { engine, failure, fixture, guest, ours } = require('./support');

const made = [];

afterEach(() => {
  for (const instance of made.splice(0)) instance.dispose();
});

/** An instance that is in quick code, and is not in the cache. */
async function begun(options) {
  const module = await engine.load((await engine.compile(fixture('moving'))).wasm, {
    tier: 'quick',
    cache: false,
  });
  const instance = await module.instantiate(options);
  made.push(instance);
  expect(instance.stats().tier).toBe('quick');
  return { module, instance, exports: instance.exports };
}

/** Calls until a call has gone on in better code. */
async function moved({ instance, exports }) {
  const end = performance.now() + 120_000;
  while (instance.stats().tier === 'quick') {
    expect(performance.now()).toBeLessThan(end);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await exports.failing(0);
  }
}

describe('an instance goes on in better code', () => {
  for (const thread of ['auto', 'main', 'worker']) {
    ours(`with all that it holds (thread: '${thread}')`, async () => {
      const one = await begun({ thread });
      const { exports, instance } = one;
      await exports.keep(500_000);
      const sum = await exports.total();
      const object = { name: 'held' };
      await exports.hold(object);
      const callback = await exports.callback();
      const promise = Promise.withResolvers?.() ?? {};
      promise.promise ??= new Promise((resolve) => {
        promise.resolve = resolve;
      });
      await exports.awaitLater(promise.promise);
      const awaited = exports.awaited();
      const before = instance.stats();
      await moved(one);
      expect(await exports.total()).toBe(sum);
      expect(await exports.lastHeld()).toBe(object);
      expect(await callback(1)).toBe(sum + 1);
      promise.resolve(42);
      expect(await awaited).toBe(42);
      expect(instance.stats()).toMatchObject({
        tier: 'optimized',
        callbacks: before.callbacks,
        awaitedPromises: 0,
      });
      expect(instance.stats().memoryBytes).toBeGreaterThanOrEqual(before.memoryBytes);
      // What it computes and how that fails is the same.
      expect(await exports.compute(100_000)).toBe(await (await begun()).exports.compute(100_000));
      expect(await failure(() => exports.failing(1))).toMatchObject({
        name: expect.stringContaining('RuntimeError'),
      });
      expect(await failure(() => instance.call('compute', [-1], { timeoutMs: 50 }))).toMatchObject({
        limit: 'time',
      });
    });
  }

  ours('while its threads sleep and wake', async () => {
    const one = await begun();
    await one.exports.startTicking();
    await moved(one);
    const ticked = await one.exports.ticked();
    expect(ticked).toBeGreaterThan(0);
    let now = ticked;
    while (now < ticked + 20) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      now = await one.exports.ticked();
    }
  });

  ours('though JavaScript looks at its memory, whose old views are then empty', async () => {
    const one = await begun();
    await one.exports.keep(10_000);
    const { memory } = one.instance;
    const view = new Uint8Array(memory.buffer);
    expect(view.length).toBe(one.instance.stats().memoryBytes);
    await moved(one);
    expect(view.length).toBe(0);
    expect(new Uint8Array(memory.buffer).length).toBe(one.instance.stats().memoryBytes);
    expect(await one.exports.total()).toBe(50_005_000);
  });

  ours('and further instances of the module begin in it', async () => {
    const one = await begun();
    await moved(one);
    const other = await one.module.instantiate();
    made.push(other);
    expect(other.stats().tier).toBe('optimized');
    await other.exports.keep(10);
    expect(await other.exports.total()).toBe(55);
    expect(await one.exports.total()).toBe(0);
  });

  ours('many at once, each with what is its own', async () => {
    const first = await begun();
    const others = await Promise.all(
      Array.from({ length: 20 }, async (_, number) => {
        const instance = await first.module.instantiate();
        made.push(instance);
        await instance.exports.keep(number * 1000);
        return instance;
      }),
    );
    await moved(first);
    const totals = await Promise.all(others.map(({ exports }) => exports.total()));
    expect(totals).toEqual(others.map((_, number) => (number * 1000 * (number * 1000 + 1)) / 2));
    expect(new Set(others.map((instance) => instance.stats().tier))).toEqual(new Set(['optimized']));
  });
});

describe('without being told', () => {
  ours('a library begins in quick code, unless it needs what only the other can do', async () => {
    const library = await engine.load((await engine.compile(fixture('moving'))).wasm, { cache: false });
    const instance = await library.instantiate();
    made.push(instance);
    expect(instance.stats().tier).toBe(process.env.HS_WASM_TIER || 'quick');
    const { exports } = await engine.instantiate(await guest('tail-calls'), { cache: false });
    expect(exports.sum(10, 0n)).toBe(55n);
  });

  ours('an instance that is disposed of before is not missed', async () => {
    const { module, instance } = await begun();
    instance.dispose();
    const next = await module.instantiate();
    made.push(next);
    await next.exports.keep(3);
    expect(await next.exports.total()).toBe(6);
  });
});
