'use strict';
// A module that was started twice with the same arguments, environment and folders is not started again: what a start leaves is
// copied. Nobody can tell but who asks for it, for what belongs to an instance is still its own.

const fs = require('node:fs');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { engine, fixture, ours, sink, worldOf } = require('./support');
const { folder } = require('./support/project');

/** Elsewhere there is no way to map an image that is no file, and each instance starts itself. */
const onLinux = process.platform === 'linux' ? describe : describe.skip;

const running = new Set();
afterEach(() => {
  for (const { dispose } of running) dispose();
  running.clear();
});

async function instance(module, options) {
  const made = await module.instantiate(options);
  running.add(made);
  return made;
}

/** An instance whose start was copied, which others come before. */
async function copied(module, options) {
  const end = performance.now() + 60_000;
  for (;;) {
    const made = await instance(module, options);
    if (made.stats().start === 'copied') return made;
    made.dispose();
    running.delete(made);
    expect(performance.now()).toBeLessThan(end);
    await sleep(5);
  }
}

/**
 * How several instances start. In between one of another module is copied: what makes copies does one thing after another, so that by then it
 * has tried.
 */
async function starts(module, options) {
  const seen = [];
  const some = async () => {
    for (let turn = 0; turn < 3; turn += 1) seen.push((await instance(module, options)).stats().start);
  };
  await some();
  await copied(await engine.compile(fixture('delays')));
  await some();
  return seen;
}

const RUN = Array(6).fill('run');

/** The fixture `state` with a file of C. */
async function withC(text) {
  const c = path.join(folder(), 'more.c');
  fs.writeFileSync(c, text);
  return engine.compile(fixture('state'), { ghcOptions: [c] });
}

onLinux('a copy', () => {
  ours('has arguments, environment, streams and variables of its own', async () => {
    const module = await engine.compile(fixture('state'));
    for (const word of ['one', 'two']) {
      const options = { args: [word], env: { WORD: word }, stdin: `${word}\n` };
      expect((await instance(module, options)).stats().start).toBe('run');
      await copied(module, options);
      const [stdout, stderr] = [sink(), sink()];
      const { exports, stats } = await instance(module, { ...options, stdout, stderr });
      expect(stats()).toMatchObject({ start: 'copied', jsvals: 0, callbacks: 0, pendingCalls: 0 });
      expect(await exports.arguments()).toBe(`["${word}"]`);
      expect(await exports.variable('WORD')).toBe(`Just "${word}"`);
      expect([await exports.add(2), await exports.add(2)]).toEqual([2, 4]);
      expect(await exports.readLine()).toBe(word);
      await exports.sayOut(word);
      await exports.sayErr(word);
      expect([stdout.text, stderr.text]).toEqual([`${word}\n`, `${word}\n`]);
    }
  });

  ours('has clocks, chance and folders of its own', async () => {
    const module = await engine.compile(fixture('world'));
    const place = folder();
    const options = { preopens: { '/here': place }, env: { SOME: 'value' } };
    const one = await copied(module, options);
    const other = await copied(module, options);
    expect(await one.exports.entropy()).not.toBe(await other.exports.entropy());
    expect(await one.exports.elapsed()).toBeLessThanOrEqual(await other.exports.elapsed());
    expect(await other.exports.elapsed()).toBeLessThanOrEqual(await one.exports.elapsed());
    const clock = new engine.ManualClock({ now: 86_400_000 });
    const still = await copied(module, { ...options, clock, randomSeed: 7 });
    const plain = await instance(module, { ...options, clock, randomSeed: 7, args: ['another world'] });
    expect(plain.stats().start).toBe('run');
    expect(await worldOf(still)).toEqual(await worldOf(plain));
  });

  ours("counts from its own beginning in the runtime's statistics", async () => {
    const module = await engine.compile(fixture('world'));
    const clock = new engine.ManualClock({ now: 86_400_000 });
    const options = { clock, rtsOptions: ['-s'] };
    await copied(module, { ...options, stderr: 'ignore' });
    clock.advance(60_000);
    const stderr = sink();
    const { exports, dispose } = await copied(module, { ...options, stderr });
    clock.advance(3000);
    await exports.keep(1000);
    dispose();
    expect(stderr.text).toMatch(/Total +time +3\.000s +\( *3\.000s elapsed\)/);
  });

  ours(
    'has a heap that grows, is collected and holds JavaScript values, and goes on in better code',
    async () => {
      const { wasm } = await engine.compile(fixture('moving'));
      const module = await engine.load(wasm, { tier: 'quick', cache: false });
      const { exports, stats } = await copied(module);
      await exports.keep(500_000);
      const sum = await exports.total();
      const object = { name: 'held' };
      await exports.hold(object);
      const end = performance.now() + 120_000;
      while (stats().tier === 'quick') {
        expect(performance.now()).toBeLessThan(end);
        await sleep(20);
        await exports.failing(0);
      }
      expect(await exports.total()).toBe(sum);
      expect(await exports.lastHeld()).toBe(object);
      await exports.keep(500_000);
      const after = await copied(module);
      expect(after.stats()).toMatchObject({ tier: 'optimized', start: 'copied' });
      await after.exports.keep(500_000);
      expect(await after.exports.total()).toBe(sum);
    },
  );

  ours('sleeps, on whatever thread it is', async () => {
    const module = await engine.compile(fixture('delays'));
    for (const thread of ['auto', 'main', 'worker']) {
      const { exports } = await copied(module, { thread });
      expect(await exports.sleepers(10, 5)).toBe(10);
    }
  });

  ours('can be of a module that was preinitialized', async () => {
    const module = await engine.compile(fixture('state'), { preinitialize: true });
    const { exports } = await copied(module, { args: ['one'], env: { WORD: 'two' } });
    expect(await exports.arguments()).toBe('["one"]');
    expect(await exports.variable('WORD')).toBe('Just "two"');
    expect(await exports.add(3)).toBe(3);
  });

  ours('has its memory limit', async () => {
    const module = await engine.compile(fixture('world'));
    const { memoryBytes } = (await copied(module)).stats();
    await expect(instance(module, { memoryLimitBytes: memoryBytes - 65536 })).rejects.toMatchObject({
      code: 'ERR_HS_LIMIT',
    });
    const tight = await instance(module, { memoryLimitBytes: memoryBytes + 65536 * 16, stderr: 'ignore' });
    expect(tight.stats().start).toBe('copied');
    await expect(tight.exports.keep(10_000_000)).rejects.toMatchObject({ code: 'ERR_HS_LIMIT' });
  });
});

onLinux('each instance starts itself, though others are copied,', () => {
  ours('where no two are given the same', async () => {
    const module = await engine.compile(fixture('state'));
    for (let turn = 0; turn < 6; turn += 1) {
      const { exports, stats } = await instance(module, { args: [`${turn}`] });
      expect(stats().start).toBe('run');
      expect(await exports.arguments()).toBe(`["${turn}"]`);
      await sleep(20);
    }
  });

  ours('where the start goes to a folder, which may be gone the next time', async () => {
    const place = folder();
    const module = await engine.compile(fixture('world'));
    const options = { preopens: { '/here': place }, env: { PWD: '/here' } };
    expect(await starts(module, options)).toEqual(RUN);
    expect(await (await instance(module, options)).exports.workingFolder()).toBe('/here');
    fs.rmSync(place, { recursive: true });
    await expect(instance(module, options)).rejects.toThrow(/must be a folder, but there is no/);
    await copied(module, { env: { ANOTHER: 'world' } });
  });

  ours('where what it executes is counted, which the start is part of', async () => {
    const module = await engine.compile(fixture('state'));
    expect(await starts(module, { fuel: 1e9 })).toEqual(RUN);
  });

  ours('where C wants random bytes, or the time of the day', async () => {
    const random = await withC(
      '#include <unistd.h>\nstatic char seed[8];\n__attribute__((constructor)) void sow(void) { getentropy(seed, 8); }\n',
    );
    expect(await starts(random)).toEqual(RUN);
    const day = await withC(
      '#include <time.h>\ntime_t began;\n__attribute__((constructor)) void begin(void) { began = time(0); }\n',
    );
    expect(await starts(day)).toEqual(RUN);
  });
});
