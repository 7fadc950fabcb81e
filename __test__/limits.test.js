'use strict';
// Limits: which error, what survives. How soon is measured by `npm run bench:limits`; every kind of runaway call is in the
// hazard `limits.mjs`.

const { engine, failure, guestInstance, instance, ours } = require('./support');

const FOREVER = 60_000_000;
const turn = () => new Promise((resolve) => setImmediate(resolve));
const time = expect.objectContaining({ code: 'ERR_HS_LIMIT', limit: 'time' });

describe('the time of a call', () => {
  ours('is a limit of the instance or of the call', async () => {
    const slow = await instance('computing', { timeoutMs: 300 });
    const error = await failure(() => slow.exports.sleep(FOREVER));
    expect(error).toBeInstanceOf(engine.LimitError);
    expect(error).toMatchObject({
      limit: 'time',
      message: expect.stringMatching(/the call of sleep .* timeoutMs = 300$/),
    });
    const quick = await instance('computing');
    expect(await failure(() => quick.call('sleep', [FOREVER], { timeoutMs: 300 }))).toEqual(time);
    expect(await slow.call('sleep', [50_000], { timeoutMs: 60_000 })).toBeUndefined();
  });

  ours('ends a call that only waits, and no other', async () => {
    const { exports, call } = await instance('computing');
    const other = exports.sleep(800_000);
    expect(await failure(() => call('wait', [new Promise(() => {})], { timeoutMs: 300 }))).toEqual(time);
    expect(await other).toBeUndefined();
    expect(await exports.compute(1)).toBe(1_015_568_748);
  });

  ours.each(['auto', 'main', 'worker'])(
    'ends the instance of a call that computes, and later calls say why (thread: %s)',
    async (thread) => {
      const running = await instance('computing', { thread });
      const error = await failure(() => running.call('compute', [-1], { timeoutMs: 20 }));
      expect(error).toEqual(time);
      const later = await failure(() => running.exports.compute(1));
      expect(later).toMatchObject({
        code: 'ERR_HS_CLOSED',
        cause: expect.objectContaining({ limit: 'time' }),
      });
    },
  );

  ours('leaves a computation of another call its end, if that comes soon', async () => {
    const { exports, call } = await instance('computing');
    const waiting = failure(() => call('wait', [new Promise(() => {})], { timeoutMs: 300 }));
    const state = { ended: false };
    const short = (async () => {
      for (; !state.ended; await turn()) await exports.compute(100_000);
    })();
    expect(await waiting).toEqual(time);
    state.ended = true;
    await short;
    expect(await exports.compute(1)).toBe(1_015_568_748);
  });

  ours('holds for exports that give a value, and for their waits', async () => {
    for (const [guest, name, args] of [
      ['computing', 'spinNow', []],
      ['waiting', 'sleepNow', [60_000]],
    ]) {
      const { exports } = await guestInstance(guest, { timeoutMs: 20 });
      const error = await failure(() => exports[name](...args));
      expect(error).toEqual(time);
      expect(await failure(() => exports[name](...args))).toMatchObject({
        code: 'ERR_HS_CLOSED',
        cause: error,
      });
    }
  });

  ours('is counted anew for each call', async () => {
    const { exports } = await guestInstance('waiting', { timeoutMs: 2000 });
    for (let call = 0; call < 5; call += 1) expect(await exports.callAfter(10, () => call)).toBe(call);
  });
});

describe('fuel', () => {
  ours('is a limit of all that the instance executes', async () => {
    const running = await instance('computing', { fuel: 50_000_000 });
    const full = running.stats().fuel;
    expect(await running.exports.compute(100_000)).toBeDefined();
    expect(running.stats().fuel).toBeLessThan(full);
    const error = await failure(() => running.exports.compute(-1));
    expect(error).toBeInstanceOf(engine.LimitError);
    expect(error).toMatchObject({ limit: 'fuel', message: 'the guest has used its fuel of 50000000' });
    expect(await failure(() => running.exports.compute(1))).toMatchObject({
      code: 'ERR_HS_CLOSED',
      cause: error,
    });
  });

  ours('may be limited for a call', async () => {
    const running = await instance('computing', { fuel: Number.MAX_SAFE_INTEGER });
    expect(await running.call('compute', [1000], { fuel: 10_000_000 })).toBeDefined();
    expect(await running.exports.compute(3_000_000)).toBeDefined();
    const error = await failure(() => running.call('compute', [3_000_000], { fuel: 10_000_000 }));
    expect(error).toMatchObject({ limit: 'fuel', message: 'a call has used its fuel of 10000000' });
  });

  ours('gives the same count for the same computation', async () => {
    const left = [];
    for (const thread of ['main', 'worker', 'main']) {
      const running = await guestInstance('computing', { fuel: 1e9, thread });
      await running.exports.compute(20_000, () => 1);
      left.push(running.stats().fuel);
    }
    expect(left[1]).toBe(left[0]);
    expect(left[2]).toBe(left[0]);
  });

  ours('of a program ends it', async () => {
    const source = 'main :: IO ()\nmain = print (length (show (product [1 .. 20000 :: Integer])))\n';
    const error = await failure(() => engine.run({ source }, { fuel: 1_000_000 }));
    expect(error).toMatchObject({ code: 'ERR_HS_LIMIT', limit: 'fuel' });
  });

  ours('is refused for a call of an instance that does not count it', async () => {
    const running = await instance('computing');
    const error = await failure(() => running.call('compute', [1], { fuel: 1 }));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
    expect(error.message).toMatch(/^call\.options\.fuel: .* pass `fuel` to instantiate\(\)/);
  });
});

describe('an aborted call', () => {
  ours('rejects at once; an instance at rest goes on', async () => {
    const { call, exports } = await instance('computing');
    const controller = new AbortController();
    const error = failure(() => call('sleep', [FOREVER], { signal: controller.signal }));
    controller.abort('enough');
    expect(await error).toMatchObject({ name: 'AbortError', cause: 'enough' });
    expect(await exports.compute(1)).toBe(1_015_568_748);
  });

  ours('that computes rejects at once, and its instance ends', async () => {
    const { call, exports } = await instance('computing');
    const signal = AbortSignal.timeout(20);
    expect(await failure(() => call('compute', [-1], { signal }))).toMatchObject({ code: 'ABORT_ERR' });
    const later = await failure(() => exports.compute(1));
    expect(later).toMatchObject({
      code: 'ERR_HS_CLOSED',
      cause: expect.objectContaining({ code: 'ABORT_ERR' }),
    });
  });
});

describe('calls nested too deeply', () => {
  ours('in the guest are a LimitError', async () => {
    const { exports } = await guestInstance('computing');
    const error = await failure(() => exports.recurse());
    expect(error).toBeInstanceOf(engine.LimitError);
    expect(error).toMatchObject({
      limit: 'stack',
      message: expect.stringMatching(/Maximum call stack size exceeded/),
    });
  });

  ours('through JavaScript are refused, and the instance goes on', async () => {
    const { exports } = await guestInstance('computing');
    const deeper = () => exports.compute(0, deeper);
    const error = await failure(deeper);
    expect(error).toMatchObject({
      code: 'ERR_HS_REENTRY',
      message: expect.stringMatching(/call each other too deeply/),
    });
    expect(exports.count()).toBe(1);
  });

  ours('in Haskell are its own exception', async () => {
    const { exports } = await instance('computing', { rtsOptions: ['-K4m'] });
    const error = await failure(() => exports.deep(1e9));
    expect(error).toBeInstanceOf(WebAssembly.RuntimeError);
    expect(error.message).toBe('stack overflow');
    expect(await exports.deep(10)).toBe(10);
  });
});

describe("a program's time", () => {
  ours.each(['auto', 'main', 'worker'])('ends it while it computes (thread: %s)', async (thread) => {
    const source = 'main :: IO ()\nmain = print (length (filter even [1 :: Integer ..]))\n';
    const error = await failure(() => engine.run({ source }, { timeoutMs: 100, thread }));
    expect(error).toMatchObject({ code: 'ERR_HS_LIMIT', limit: 'time' });
  });
});
