'use strict';
// Machine code that is there soon (`tier: 'quick'`): it does what optimised code does, and that takes its place in the cache. The
// whole suite runs on it with HS_WASM_TIER=quick.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { engine, failure, fixture, guest, guestInstance, ours } = require('./support');
const { nodeIn } = require('./support/process');

const root = path.join(__dirname, '..');
const folders = [];

afterAll(() => {
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});

/** A new cache and the bytes of a fixture, in a folder of their own. */
async function place(name = 'computing') {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-tier-'));
  folders.push(folder);
  const wasm = path.join(folder, 'module.wasm');
  fs.writeFileSync(wasm, (await engine.compile(fixture(name))).wasm);
  const cache = path.join(folder, 'cache');
  const entries = () =>
    fs.existsSync(path.join(cache, 'cwasm'))
      ? fs.readdirSync(path.join(cache, 'cwasm')).filter((entry) => entry.endsWith('.cwasm'))
      : [];
  /** A process that loads the module, calls it and then does `end`. */
  const load = (tier, end = '') => {
    const code = `
      const { load } = require(${JSON.stringify(root)});
      load(${JSON.stringify(wasm)}, { tier: '${tier}' })
        .then((module) => module.instantiate())
        .then(async ({ exports, dispose }) => {
          console.log(await exports.compute(1));
          dispose();
          ${end}
        });`;
    return run(code);
  };
  const env = { ...process.env, HS_WASM_CACHE: cache, HS_WASM_TIER: '' };
  const run = (code) => nodeIn({ cwd: root, env }, '-e', code);
  return { cache, entries, load, run, wasm };
}

const ran = { code: 0, stdout: '1015568748\n', stderr: '' };

/** Lives until the cache has `count` entries. */
const lingering = (cache, count) => `
  const timer = setInterval(() => {
    const entries = require('node:fs').readdirSync(${JSON.stringify(path.join(cache, 'cwasm'))});
    if (entries.filter((entry) => entry.endsWith('.cwasm')).length >= ${count}) clearInterval(timer);
  }, 20);`;

describe('the cache', () => {
  ours('gets optimised code after quick code, and that is taken from then on', async () => {
    const { cache, entries, load } = await place();
    expect(await load('quick', lingering(cache, 2))).toEqual(ran);
    const both = entries();
    expect(both).toHaveLength(2);
    const optimized = await place();
    expect(await optimized.load('optimized')).toEqual(ran);
    const [name] = optimized.entries();
    expect(both).toContain(name);
    // Without the quick code, which nobody misses.
    for (const entry of both.filter((each) => each !== name)) fs.rmSync(path.join(cache, 'cwasm', entry));
    expect(await load('quick')).toEqual(ran);
    expect(entries()).toEqual([name]);
  });

  ours('keeps no process alive for the optimised code, and changes no exit code', async () => {
    const ends = [
      ['', 0],
      ['process.exit(7);', 7],
      ["process.kill(process.pid, 'SIGTERM');", 'SIGTERM'],
    ];
    for (const [end, code] of ends) {
      const { load } = await place();
      expect(await load('quick', end)).toEqual({ ...ran, code });
    }
  });

  ours('has optimised code of a program that is loaded without being told', async () => {
    const { entries, run, wasm } = await place('command');
    const load = (options) =>
      run(`require(${JSON.stringify(root)}).load(${JSON.stringify(wasm)}, ${options});`);
    const ended = { code: 0, stdout: '', stderr: '' };
    expect(await load('{}')).toEqual(ended);
    const [name] = entries();
    expect(await load("{ tier: 'optimized' }")).toEqual(ended);
    expect(entries()).toEqual([name]);
  });

  ours('is filled by two processes at once', async () => {
    const { cache, entries, load } = await place();
    const end = lingering(cache, 2);
    expect(await Promise.all([load('quick', end), load('quick', end)])).toEqual([ran, ran]);
    expect(entries()).toHaveLength(2);
  });
});

describe('quick code', () => {
  const quick = { tier: 'quick', cache: false };

  ours('is interrupted where it computes for ever', async () => {
    for (const thread of ['auto', 'main', 'worker']) {
      const { call } = await engine.instantiate(fixture('computing'), { ...quick, thread });
      const error = await failure(() => call('compute', [-1], { timeoutMs: 20 }));
      expect(error).toMatchObject({ code: 'ERR_HS_LIMIT', limit: 'time' });
    }
  });

  ours('is left for optimised code where a module needs that', async () => {
    const { exports } = await guestInstance('tail-calls', quick);
    expect(exports.sum(1_000_000, 0n)).toBe(500_000_500_000n);
  });

  ours('is not what precompile() writes', async () => {
    const { cache } = await place();
    const written = async (tier) => {
      const module = await engine.load(await guest('loop'), { tier, cache: false });
      const file = await module.precompile({ dir: path.join(cache, tier), cpu: 'this' });
      return { name: path.basename(file), code: fs.readFileSync(file) };
    };
    expect(await written('quick')).toEqual(await written('optimized'));
  });
});
