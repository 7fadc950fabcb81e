'use strict';
// What a process decides once. So each claim has a process of its own.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { ours } = require('./support');
const { node } = require('./support/process');

const WASM = `Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 5, 3, 1, 0, 1, 7, 10, 1, 6, 109, 101, 109, 111, 114, 121, 2, 0)`;

const PRELUDE = `
  const fs = require('node:fs');
  const { configure, load, HsWasmError } = require('.');
  const wasm = ${WASM};
  const attempt = (options) => {
    try {
      configure(options);
      return 'fine';
    } catch (error) {
      return error.code + ' ' + (error instanceof HsWasmError) + ' ' + error.message;
    }
  };
  const say = (...what) => console.log(what.join(' '));
`;

/** The lines that a process prints. */
async function lines(body, env = {}) {
  const assignments = Object.entries(env).map(
    ([name, value]) => `process.env.${name} = ${JSON.stringify(value)};`,
  );
  const { code, stdout, stderr } = await node(
    '-e',
    `${assignments.join('')}${PRELUDE}(async () => {${body}})();`,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trimEnd().split('\n');
}

let folder;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-configure-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

ours('what is named once may be named again, with the same value only', async () => {
  const found = await lines(`
    say(attempt({ sliceMs: 7, workerThreads: 2 }));
    say(attempt({ workerThreads: 2 }));
    say(attempt({ sliceMs: 8 }));
    say(attempt({ sliceMs: 7 }));
    say(attempt());
  `);
  expect(found).toEqual([
    'fine',
    'fine',
    expect.stringMatching(
      /^ERR_HS_CONFIGURED true configure\.options\.sliceMs: 8 was asked for, but it is 7, fixed by configure\(\) at \[eval\]:\d+:\d+; .*before/,
    ),
    'fine',
    'fine',
  ]);
});

ours('what nobody named is fixed by its first use', async () => {
  const found = await lines(`
    await load(wasm, { cache: false });
    say(attempt({ workerThreads: 1024 }));
    say(attempt({ cacheDir: ${JSON.stringify(folder)} }));
    await load(wasm);
    say(attempt({ cacheDir: '/elsewhere' }));
  `);
  expect(found).toEqual([
    expect.stringMatching(
      /^ERR_HS_CONFIGURED true configure\.options\.workerThreads: 1024 was asked for, but it is \d+, fixed by the first use .*\(its default, the number of processors\)/,
    ),
    'fine',
    expect.stringMatching(
      /cacheDir: "\/elsewhere" was asked for, but it is ".*hs-wasm-configure-\w+", fixed by configure\(\)/,
    ),
  ]);
});

ours('one wrong setting keeps all of the same call from being set', async () => {
  const found = await lines(`
    configure({ sliceMs: 3 });
    say(attempt({ workerThreads: 2, sliceMs: 4 }));
    say(attempt({ workerThreads: 3 }));
  `);
  expect(found).toEqual([expect.stringMatching(/^ERR_HS_CONFIGURED .*sliceMs: 4 was asked for/), 'fine']);
});

ours('worker threads share the settings of their process', async () => {
  const found = await lines(`
    const { once } = require('node:events');
    const { Worker } = require('node:worker_threads');
    const worker = new Worker(
      "require('node:worker_threads').parentPort.postMessage(require('.').configure({ sliceMs: 9 }))",
      { eval: true },
    );
    await once(worker, 'exit');
    say(attempt({ sliceMs: 9 }));
    say(attempt({ sliceMs: 10 }));
  `);
  expect(found).toEqual([
    'fine',
    expect.stringMatching(/but it is 9, fixed by configure\(\) at \[worker eval\]:1:\d+ in worker 1;/),
  ]);
});

ours('cacheDir ranks before HS_WASM_CACHE, which ranks before the platform', async () => {
  const [byEnv, byOption] = ['by-env', 'by-option'].map((name) => path.join(folder, name));
  // After other code, better may be made and kept.
  const use = "await load(wasm, { tier: 'optimized' });";
  await lines(use, { HS_WASM_CACHE: byEnv });
  expect(fs.readdirSync(path.join(byEnv, 'cwasm'))).toHaveLength(1);
  fs.rmSync(byEnv, { recursive: true });
  await lines(`configure({ cacheDir: ${JSON.stringify(byOption)} }); ${use}`, { HS_WASM_CACHE: byEnv });
  expect(fs.readdirSync(folder)).toEqual(['by-option']);
  expect(fs.readdirSync(path.join(byOption, 'cwasm'))).toHaveLength(1);
  const [found] = await lines(`${use} say(attempt({ cacheDir: 'x' }));`, { HS_WASM_CACHE: byEnv });
  expect(found).toMatch(/by-env", fixed by the first use .*\(the variable HS_WASM_CACHE\)/);
});

ours('so many threads run guests', async () => {
  // Linux tells how many threads there are.
  const say = "say(fs.readdirSync('/proc/self/task').length);";
  const counts = [];
  for (const workerThreads of [1, 5]) {
    const [count] = await lines(
      `configure({ workerThreads: ${workerThreads} }); await load(wasm, { cache: false }); ${say}`,
    );
    counts.push(Number(count));
  }
  expect(counts[1] - counts[0]).toBe(4);
});

ours('wrong options are refused with their path', async () => {
  const found = await lines(`
    for (const options of [5, { slice: 1 }, { sliceMs: 0 }, { sliceMs: '5' }, { workerThreads: 1.5 }, { cacheDir: '' }]) {
      say(attempt(options));
    }
  `);
  expect(found).toEqual([
    expect.stringMatching(/^ERR_INVALID_ARG_TYPE false configure\.options: must be an object/),
    expect.stringMatching(
      /^ERR_INVALID_ARG_VALUE false configure\.options\.slice: .*did you mean 'sliceMs'\?/,
    ),
    expect.stringMatching(/^ERR_INVALID_ARG_VALUE false configure\.options\.sliceMs: must be a whole number/),
    expect.stringMatching(/^ERR_INVALID_ARG_TYPE false configure\.options\.sliceMs: must be a number/),
    expect.stringMatching(/^ERR_INVALID_ARG_VALUE false configure\.options\.workerThreads: /),
    expect.stringMatching(/^ERR_INVALID_ARG_VALUE false configure\.options\.cacheDir: /),
  ]);
});
