'use strict';
// `transform: { '\\.hs$': 'hs-wasm/jest' }`, with Jest itself in a process of its own.

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const { ours, until } = require('./support');
const { nodeIn } = require('./support/process');
const { userProject, HASKELL, WRONG, lib } = require('./support/user-project');
const { toolchain } = require('..');

const JEST = require.resolve('jest/bin/jest');
const CONFIG = `module.exports = { transform: { '\\\\.hs$': 'hs-wasm/jest' } };`;
const PRESET = `module.exports = { preset: 'hs-wasm' };`;

const ANSWERS = `const { answer } = require('./Answer.hs');
test('answers', async () => expect(await answer(0)).toBe(42));
`;

const CLASSES = `const { answer, add, boom } = require('./Answer.hs');
const { Instance, ClosedError, CompileError, HsWasmError, instantiate } = require('hs-wasm');
const failure = (promise) => promise.then(() => 'none', (error) => error);

test('what comes out of Haskell is of this realm', async () => {
  expect(answer(1)).toBeInstanceOf(Promise);
  expect(await answer(1)).toBe(43);
  expect(add(1, 2)).toBe(3);
  const error = await failure(boom());
  expect(error).toBeInstanceOf(WebAssembly.RuntimeError);
  expect(error.message).toContain('boom');
  let refusal;
  try {
    require('./Wrong.hs');
  } catch (thrown) {
    refusal = thrown;
  }
  expect(refusal).toBeInstanceOf(CompileError);
  expect(refusal).toBeInstanceOf(HsWasmError);
  expect(refusal).toBeInstanceOf(Error);
  expect(refusal.diagnostics).toHaveLength(2);
  expect(await failure(instantiate(1))).toBeInstanceOf(TypeError);
  const instance = await instantiate(require.resolve('./Answer.hs'));
  expect(instance).toBeInstanceOf(Instance);
  instance.dispose();
  expect(await failure(instance.exports.answer(1))).toBeInstanceOf(ClosedError);
});
`;

/** Runs Jest in a project: its report, without colours. */
async function jestIn({ folder }, args = [], nodeArgs = []) {
  const { code, stdout, stderr } = await nodeIn(folder, ...nodeArgs, JEST, '--no-color', ...args);
  return { code, report: stderr + stdout };
}

const many = (text) => Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`t${n}.test.js`, text]));

/** A compiler that notes each of its runs. */
async function notingCompiler({ at, write }) {
  const { ghc } = await toolchain.find();
  write('ghc/wasm32-wasi-ghc', `#!/bin/sh\necho "$@" >> '${at('ghc/runs')}'\nexec '${ghc}' "$@"\n`);
  fs.chmodSync(at('ghc/wasm32-wasi-ghc'), 0o755);
  return {
    path: at('ghc/wasm32-wasi-ghc'),
    links: () =>
      fs
        .readFileSync(at('ghc/runs'), 'utf8')
        .split('\n')
        .filter((run) => / -o /.test(run)).length,
  };
}

describe('50 test files', () => {
  ours('in parallel compile once', async () => {
    const files = userProject({ ...HASKELL, 'jest.config.js': PRESET, ...many(ANSWERS) });
    const compiler = await notingCompiler(files);
    files.write('env.cjs', `process.env.HS_WASM_GHC = ${JSON.stringify(compiler.path)};`);
    const { report } = await jestIn(files, ['--maxWorkers=3'], ['--require', files.at('env.cjs')]);
    expect(report).toMatch(/^Tests: +50 passed, 50 total$/m);
    expect(compiler.links()).toBe(1);
  });

  ours('in one process leave nothing behind', async () => {
    const files = userProject({ ...HASKELL, 'jest.config.js': CONFIG, ...many(ANSWERS) });
    const { report } = await jestIn(files, ['--runInBand', '--logHeapUsage'], ['--expose-gc']);
    expect(report).toMatch(/^Tests: +50 passed, 50 total$/m);
    const heaps = [...report.matchAll(/^PASS .*\((?:[\d.]+ s, )?(\d+) MB heap size\)$/gm)].map(
      ([, megabytes]) => +megabytes,
    );
    expect(heaps).toHaveLength(50);
    // One realm that stays is 2.5 MB, and one instance 2 MB beside the heap.
    expect(heaps.at(-1) - heaps[4]).toBeLessThan(25);
  });
});

ours('errors and promises are of the realm of each file, and no realm leaks', async () => {
  const tests = { 'a.test.js': CLASSES, 'b.test.js': CLASSES, 'c.test.js': CLASSES };
  const files = userProject({ ...HASKELL, 'Wrong.hs': WRONG, 'jest.config.js': CONFIG, ...tests });
  const { report } = await jestIn(files, ['--runInBand', '--detectLeaks']);
  expect(report).toMatch(/^Tests: +3 passed, 3 total$/m);
});

ours('no handle stays open', async () => {
  const files = userProject({ ...HASKELL, 'jest.config.js': CONFIG, 'a.test.js': ANSWERS });
  const { code, report } = await jestIn(files, ['--detectOpenHandles']);
  expect(report).toMatch(/^Tests: +1 passed, 1 total$/m);
  expect(report).not.toMatch(/open handle|did not exit/);
  expect(code).toBe(0);
});

ours("the report shows GHC's diagnostics", async () => {
  const test_ = `const { wrong } = require('./Wrong.hs');\ntest('never', () => wrong(1));\n`;
  const files = userProject({ 'Wrong.hs': WRONG, 'jest.config.js': CONFIG, 'a.test.js': test_ });
  const { code, report } = await jestIn(files);
  expect(code).toBe(1);
  expect(report).toContain(`${files.at('Wrong.hs')}:5:11: error: [GHC-83865]`);
  expect(report).toMatch(/^ +5 \| wrong n = "text"\n +\| +\^{6}$/m);
  expect(report).toContain(`${files.at('Wrong.hs')}:8:9: error: [GHC-83865]`);
  expect(report).toContain('with actual type ‘Bool’');
  expect(report).toMatch(/> 1 \| const \{ wrong \} = require\('\.\/Wrong\.hs'\);/);
});

ours("the report shows GHC's diagnostics of a module that the file imports", async () => {
  const test_ = `const { answer } = require('./Answer.hs');\ntest('never', () => answer(1));\n`;
  const wrong = lib('True');
  const files = userProject({ ...HASKELL, 'Lib.hs': wrong, 'jest.config.js': CONFIG, 'a.test.js': test_ });
  const { code, report } = await jestIn(files);
  expect(code).toBe(1);
  expect(report).toContain(`${files.at('Lib.hs')}:4:10: error: [GHC-83865]`);
  expect(report).toMatch(/^ +4 \| number = True\n +\| +\^{4}$/m);
  expect(report).toMatch(/> 1 \| const \{ answer \} = require\('\.\/Answer\.hs'\);/);
});

ours.each([
  ['as CommonJS', '{}'],
  ['as an ES module', `{ extensionsToTreatAsEsm: ['.hs'] }`],
])('ES modules import a file %s', async (_, more) => {
  const text = `import all, { answer, add } from './Answer.hs';
test('answers', async () => {
  expect([await answer(0), add(1, 2), all.answer === answer]).toEqual([42, 3, true]);
});
`;
  const config = `module.exports = { testMatch: ['**/*.test.mjs'], transform: { '\\\\.hs$': 'hs-wasm/jest' }, ...${more} };`;
  const files = userProject({ ...HASKELL, 'jest.config.js': config, 'a.test.mjs': text });
  const { report } = await jestIn(files, [], ['--experimental-vm-modules']);
  expect(report).toMatch(/^Tests: +1 passed, 1 total$/m);
});

ours('coverage does not count Haskell files', async () => {
  const files = userProject({ ...HASKELL, 'jest.config.js': PRESET, 'a.test.js': ANSWERS });
  for (const provider of ['babel', 'v8']) {
    const { report } = await jestIn(files, ['--coverage', `--coverageProvider=${provider}`]);
    expect(report).toMatch(/^Tests: +1 passed, 1 total$/m);
    expect(report).toContain('All files');
    expect(report).not.toContain('Answer.hs');
  }
});

ours('options come from package.json, and change the key', async () => {
  const source = `{-# LANGUAGE CPP #-}
module Flagged where
foreign export javascript "flag" flag :: Int
flag :: Int
flag = FLAG
`;
  const manifest = (flag) => JSON.stringify({ 'hs-wasm': { ghcOptions: [`-DFLAG=${flag}`], optimize: 0 } });
  const text = (flag) =>
    `const { flag } = require('./Flagged.hs');\ntest('flag', async () => expect(await flag()).toBe(${flag}));\n`;
  const files = userProject({ 'Flagged.hs': source, 'jest.config.js': CONFIG });
  for (const flag of [1, 2]) {
    files.write('package.json', manifest(flag));
    files.write('a.test.js', text(flag));
    expect((await jestIn(files)).report).toMatch(/^Tests: +1 passed, 1 total$/m);
  }
  files.write('package.json', '{ "hs-wasm": { "ghcOption": [] } }');
  const { report } = await jestIn(files);
  expect(report).toContain(
    `${files.at('package.json')}: hs-wasm.ghcOption: unknown option; did you mean 'ghcOptions'?`,
  );
});

ours('the key covers the modules that a file imports', () => {
  const { getCacheKey } = require('../lib/jest/transform');
  const files = userProject(HASKELL);
  const key = () => getCacheKey(HASKELL['Answer.hs'], files.at('Answer.hs'), {});
  const first = key();
  expect(key()).toBe(first);
  files.write('Lib.hs', lib(7));
  expect(key()).not.toBe(first);
  files.write('Lib.hs', lib(42));
  expect(key()).toBe(first);
});

ours('a change of an imported module concerns the tests of its importers', async () => {
  const files = userProject({
    ...HASKELL,
    'jest.config.js': PRESET,
    'a.test.js': ANSWERS,
    'b.test.js': `test('b', () => {});`,
  });
  const { report } = await jestIn(files, ['--findRelatedTests', 'Lib.hs', '--listTests']);
  expect(report.trim()).toBe(files.at('a.test.js'));
});

ours('watch mode runs again, with the new code, when an imported module changes', async () => {
  const files = userProject({ ...HASKELL, 'jest.config.js': PRESET, 'a.test.js': ANSWERS });
  const args = [JEST, '--no-color', '--watchAll', '--runInBand', '--watchman=false'];
  const child = spawn(process.execPath, args, { cwd: files.folder, stdio: ['pipe', 'pipe', 'pipe'] });
  let report = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (report += text));
  const closed = new Promise((resolve) => child.on('close', resolve));
  try {
    await until(() => /Ran all test suites/.test(report), { seconds: 60 });
    expect(report).toMatch(/^Tests: +1 passed/m);
    report = '';
    files.write('Lib.hs', lib(7));
    await until(() => /Ran all test suites/.test(report), { seconds: 60 });
    expect(report).toContain('Received: 7');
  } finally {
    child.kill();
    await closed;
  }
});
