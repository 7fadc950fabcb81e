'use strict';
// A guest that computes leaves the JavaScript thread and comes back for JavaScript. Nobody can tell by what happens, only
// by the turns of the event loop.

const { engine, failure, fixture, guestInstance, instance, ours, until } = require('./support');

/** Enough to use up many slices. */
const LONG = 40_000;

/** What `compute(n)` of the Haskell gives. */
function computed(n) {
  let x = 1;
  for (let step = 0; step < n; step += 1) x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
  return x;
}

/** Counts the turns of the event loop while `body` runs. */
async function turnsDuring(body) {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  const result = await body();
  clearInterval(timer);
  return { turns, result };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('Haskell that computes', () => {
  ours.each(['auto', 'worker'])("leaves the event loop its turns (thread: '%s')", async (thread) => {
    const { exports, stats } = await instance('computing', { thread, sliceMs: 1 });
    const { turns, result } = await turnsDuring(() => exports.compute(50_000_000));
    expect(result).toBe(computed(50_000_000));
    expect(turns).toBeGreaterThan(5);
    expect(stats().migrations).toBeGreaterThan(0);
  });

  ours("stays where it is with thread: 'main'", async () => {
    const { exports, stats } = await instance('computing', { thread: 'main' });
    const { turns, result } = await turnsDuring(() => exports.compute(50_000_000));
    expect([turns, result]).toEqual([0, computed(50_000_000)]);
    expect(stats().migrations).toBe(0);
  });

  ours('gives the same results and the same effects in the same order wherever it runs', async () => {
    const stories = [];
    for (const thread of ['main', 'auto', 'worker']) {
      const { exports, stats } = await instance('computing', { thread, sliceMs: 1 });
      const effects = [];
      const answer = (name) => (x) => {
        effects.push(`${name} ${x}`);
        return x ^ 3;
      };
      effects.push(await exports.rounds(100, 1_200_000, answer('a')));
      effects.push(
        ...(await Promise.all(['b', 'c'].map((name) => exports.rounds(20, 900_000, answer(name))))),
      );
      stories.push(effects);
      expect(stats().migrations > 0).toBe(thread !== 'main');
    }
    const [main, ...others] = stories;
    expect(main).toHaveLength(143);
    for (const other of others) expect(other).toEqual(main);
  });
});

describe('a call that has left', () => {
  ours('holds back the calls after it, which are done in their order', async () => {
    const { exports, stats } = await guestInstance('computing');
    const done = [];
    const calls = [LONG, 0, 0].map(async (n, at) => done.push(await exports.compute(n, () => at)));
    expect(stats().pendingCalls).toBe(3);
    await Promise.all(calls);
    expect(done).toEqual([0, 1, 2]);
    expect(stats()).toMatchObject({ pendingCalls: 0 });
    expect(stats().migrations).toBeGreaterThan(0);
  });

  ours('is finished first where a call wants its value at once, and not lost', async () => {
    const { exports } = await guestInstance('computing');
    const done = [];
    const calls = [LONG, 0].map(async (n, at) => done.push(await exports.compute(n, () => at)));
    expect(exports.count()).toBe(1);
    expect(exports.count()).toBe(2);
    await Promise.all(calls);
    expect(done).toEqual([0, 1]);
  });

  ours('does what JavaScript wants within an import at once', async () => {
    for (const thread of ['auto', 'worker']) {
      const { exports } = await guestInstance('waiting', { thread });
      const again = async () => [exports.now(1), await exports.soon(() => exports.now(2))];
      expect(await exports.soon(again)).toEqual([1, 2]);
      const haskell = await instance('reentry', { thread });
      expect(await haskell.exports.down(7)).toBe(7);
    }
  });

  ours('is not entered by callbacks and settled promises: they come after it', async () => {
    const { exports, stats } = await instance('computing', { sliceMs: 1 });
    const order = [];
    const waiting = exports.wait(turn()).then(() => order.push('settled'));
    const computing = exports.compute(100_000_000).then(() => order.push('computed'));
    await Promise.all([waiting, computing]);
    expect(order.sort()).toEqual(['computed', 'settled']);
    expect(stats().awaitedPromises).toBe(0);
  });

  ours('rejects with what JavaScript threw, and its instance is closed', async () => {
    for (const thread of ['auto', 'worker']) {
      const { exports } = await guestInstance('computing', { thread });
      const thrown = new Error('from JavaScript');
      const call = exports.rounds(3, LONG, () => {
        throw thrown;
      });
      expect(await failure(() => call)).toBe(thrown);
      expect(await failure(() => exports.compute(0, () => 1))).toMatchObject({
        code: 'ERR_HS_CLOSED',
        cause: thrown,
      });
    }
  });

  ours('rejects with its trap, and so does what was queued behind it', async () => {
    const { exports } = await guestInstance('computing');
    const calls = [exports.trapAfter(LONG), exports.compute(0, () => 1)].map((call) => failure(() => call));
    const [trap, queued] = await Promise.all(calls);
    expect(trap).toMatchObject({ code: 'ERR_HS_TRAP', trap: 'UnreachableCodeReached' });
    expect(queued).toMatchObject({ code: 'ERR_HS_CLOSED', cause: trap });
  });

  ours('ends with its instance, on a worker and in an import', async () => {
    for (const where of ['worker', 'import']) {
      const running = await guestInstance('computing', { thread: 'worker' });
      const call = failure(() => running.exports.rounds(1e6, where === 'worker' ? 1e9 : 0, running.dispose));
      await turn();
      if (where === 'worker') running.dispose();
      expect(await call).toMatchObject({ code: 'ERR_HS_CLOSED' });
    }
  });

  ours('prints before what its imports do, in the order of the program', async () => {
    for (const thread of ['main', 'auto', 'worker']) {
      const seen = [];
      const imports = { print: (text) => seen.push(text) };
      const result = await engine.run(fixture('main-with-jsffi'), { thread, args: ['7', '5'], imports });
      expect(result).toMatchObject({ exitCode: 7, stdout: 'before\nafter, without a newline' });
      expect(seen).toEqual(['7 5']);
    }
  });
});

describe('memory.buffer while the guest computes elsewhere', () => {
  const alike = (bytes) => {
    const [first] = bytes;
    return bytes.every((byte) => byte === first);
  };

  ours('was detached when the guest left, and is there again for who asks', async () => {
    const { exports, memory } = await guestInstance('computing');
    const before = memory.buffer;
    const call = exports.compute(LONG, () => 'done');
    expect(before.byteLength).toBe(0);
    const { buffer } = memory;
    expect(buffer.byteLength).toBe(4 * 65_536);
    expect(memory.buffer === buffer).toBe(true);
    await turn();
    await turn();
    expect(buffer.byteLength).toBe(0);
    expect(await call).toBe('done');
  });

  ours('has the size that the guest has made it on its way', async () => {
    const { exports, memory, stats } = await guestInstance('computing', { thread: 'worker' });
    const call = exports.grow(LONG, () => 'done');
    await until(() => memory.buffer.byteLength === 5 * 65_536);
    expect(await call).toBe('done');
    expect(stats().memoryBytes).toBe(5 * 65_536);
  });

  ours.each(['auto', 'worker'])('never changes under a view (thread: %s)', async (thread) => {
    const { exports, memory } = await guestInstance('computing', { thread, sliceMs: 1 });
    let seen = 0;
    const look = () => {
      const bytes = new Uint8Array(memory.buffer, 65_536, 65_536);
      const before = bytes.slice();
      const text = new TextDecoder('latin1').decode(bytes);
      // What is read twice is the same twice, and one fill is never seen half done.
      expect(Buffer.compare(before, bytes)).toBe(0);
      expect(text.charCodeAt(0)).toBe(text.charCodeAt(65_535));
      seen += alike(before);
      return 0;
    };
    const call = exports.mutate(60, 400, look);
    const state = { ended: false };
    const done = call.finally(() => (state.ended = true));
    let outside = 0;
    while (!state.ended) {
      await turn();
      const bytes = new Uint8Array(memory.buffer, 65_536, 65_536);
      const first = Buffer.from(bytes);
      for (let pause = 0; pause < 1e5; pause += 1);
      expect(Buffer.compare(first, bytes)).toBe(0);
      outside += 1;
    }
    await done;
    expect(seen).toBe(61);
    expect(outside).toBeGreaterThan(0);
  });
});
