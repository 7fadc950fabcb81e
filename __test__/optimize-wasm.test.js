'use strict';
// The option optimizeWasm: binaryen makes the linked module smaller, and nothing else of it changes.

const fs = require('node:fs');
const path = require('node:path');
const { engine, failure, fixture, ours } = require('./support');
const { node, withoutPackage } = require('./support/process');
const { folder } = require('./support/project');

const root = path.join(__dirname, '..');

/** The names and sizes of the custom sections that tools after the linker must keep. */
const kept = (wasm) =>
  ['ghc_wasm_jsffi', 'hs_wasm_exports'].map((name) => {
    const sections = WebAssembly.Module.customSections(new WebAssembly.Module(wasm), name);
    return sections.map((section) => Buffer.from(section).toString('latin1'));
  });

ours('a Data.Map module gets smaller and computes the same', async () => {
  const plain = await engine.compile(fixture('data-map'), { optimize: 2 });
  const small = await engine.compile(fixture('data-map'), { optimize: 2, optimizeWasm: true });
  const smallest = await engine.compile(fixture('data-map'), {
    optimize: 2,
    optimizeWasm: { level: 's', names: false },
  });
  expect(small.wasm.length).toBeLessThan(plain.wasm.length);
  expect(smallest.wasm.length).toBeLessThan(small.wasm.length);
  const results = [];
  for (const module of [plain, small, smallest]) {
    expect(module.exports).toEqual(plain.exports);
    const { exports, dispose } = await module.instantiate();
    results.push(await exports.inserts(1000));
    dispose();
  }
  expect(new Set(results).size).toBe(1);
});

ours('a module with snippets, callbacks and promises keeps its sections and works', async () => {
  const plain = await engine.compile(fixture('callbacks'));
  const module = await engine.compile(fixture('callbacks'), { optimizeWasm: { level: 1 } });
  expect(kept(module.wasm)).toEqual(kept(plain.wasm));
  expect(kept(module.wasm).every((sections) => sections.length === 1)).toBe(true);
  const { exports, dispose } = await module.instantiate();
  expect(await (await exports.slow())(1)).toBe(1);
  dispose();
});

ours('the result is cached, and goes to outDir', async () => {
  const place = folder();
  const script = `
    process.env.HS_WASM_CACHE = '${place}/cache';
    const { compile } = require('${root}');
    const source = 'main :: IO ()\\nmain = putStrLn "small"';
    const options = { toolchain: process.argv[1], optimizeWasm: true, outDir: '${place}/out' };
    (async () => {
      const module = await compile({ source }, options);
      const { stdout } = await module.run();
      const made = require('fs').readFileSync('${place}/out/Main.wasm');
      console.log(stdout, made.equals(module.wasm), require('fs').readdirSync('${place}/cache/optimized').length);
    })();`;
  const { ghc } = await engine.toolchain.find();
  for (let times = 0; times < 2; times += 1) {
    expect(await node('--eval', script, ghc)).toEqual({ code: 0, stdout: 'small\n true 1\n', stderr: '' });
  }
});

ours('without binaryen it is an error with the command that installs it', async () => {
  const script = `${withoutPackage('binaryen')}
    process.env.PATH = '/nowhere';
    const { compile } = require('${root}');
    compile({ source: 'main :: IO ()\\nmain = pure ()' }, { optimizeWasm: true, toolchain: process.argv[1] }).catch((error) =>
      console.log(error.constructor.name, error.code, error.message),
    );`;
  const { ghc } = await engine.toolchain.find();
  const { stdout } = await node('--eval', script, ghc);
  expect(stdout).toMatch(
    /^ToolchainError ERR_HS_TOOLCHAIN_NOT_FOUND compile\.options\.optimizeWasm needs binaryen/,
  );
  expect(stdout).toMatch(/`npm install binaryen`/);
});

ours('a signal ends binaryen, and nothing temporary stays', async () => {
  const tmp = folder();
  const script = `
    process.env.TMPDIR = '${tmp}';
    const { compile } = require('${root}');
    const stop = new AbortController();
    const onProgress = ({ phase }) => phase === 'optimize' && setTimeout(() => stop.abort(), 300);
    const options = { cache: false, optimizeWasm: { level: 4 }, toolchain: process.argv[1], signal: stop.signal, onProgress };
    compile('${fixture('data-map')}', options).catch((error) => console.log(error.name));`;
  const { ghc } = await engine.toolchain.find();
  expect(await node('--eval', script, ghc)).toEqual({ code: 0, stdout: 'AbortError\n', stderr: '' });
  expect(fs.readdirSync(tmp)).toEqual([]);
});

ours.each([
  [1, 'compile.options.optimizeWasm: must be true, false or an object, found number 1'],
  [
    { level: 5 },
    /^compile\.options\.optimizeWasm\.level: must be 1 or 2 or 3 or 4 or 's' or 'z', found number 5/,
  ],
  [{ size: true }, /^compile\.options\.optimizeWasm\.size: unknown option/],
])('%p is refused', async (optimizeWasm, message) => {
  const error = await failure(() => engine.compile({ source: '' }, { optimizeWasm }));
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toMatch(message);
});
