'use strict';
// The three faces of the package have the same names: `require`, `import`, and TypeScript.

const fs = require('node:fs');
const path = require('node:path');
const { execFile } = require('node:child_process');
const { promisify } = require('node:util');

const root = path.join(__dirname, '..');

/** What `index.d.ts` says exists at run time. */
function declared() {
  const types = fs.readFileSync(path.join(root, 'index.d.ts'), 'utf8');
  const names = [...types.matchAll(/^export (?:declare )?(?:function|class|const) (\w+)/gm)].map(
    ([, name]) => name,
  );
  return [...new Set(names)].sort(); // overloads repeat a name
}

/** Runs an ES module in a process of its own, inside the package, and parses what it prints. */
async function esm(code) {
  const args = ['--input-type=module', '--eval', code];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  return JSON.parse(stdout);
}

test('require gives what the types declare', () => {
  expect(Object.keys(require('..')).sort()).toEqual(declared());
});

test('import gives the same, by name', async () => {
  const names = await esm(
    `import * as all from 'hs-wasm'; console.log(JSON.stringify(Object.keys(all).filter((n) => !['default', 'module.exports'].includes(n))));`,
  );
  expect(names.sort()).toEqual(declared());
});

test('import and require give the same objects', async () => {
  const same = await esm(`
    import all, { compile, HsWasmError } from 'hs-wasm';
    import { createRequire } from 'node:module';
    const required = createRequire(import.meta.url)('hs-wasm');
    console.log(JSON.stringify([all, { compile, HsWasmError }].map(
      (one) => one.compile === required.compile && one.HsWasmError === required.HsWasmError,
    )));
  `);
  expect(same).toEqual([true, true]);
});

/** The files behind the entry points of the package. */
function targets(entry) {
  return typeof entry === 'string' ? [entry] : Object.values(entry).flatMap(targets);
}

test('every entry point is a file that is packed', () => {
  const { exports, files } = require('../package.json');
  for (const target of targets(exports).filter((name) => name !== './package.json')) {
    expect(fs.existsSync(path.join(root, target))).toBe(true);
    expect(files.filter((name) => target === `./${name}` || target.startsWith(`./${name}/`))).toHaveLength(1);
  }
});

test('each bundler has its plugin, and one entry point has all', async () => {
  const bundlers = ['esbuild', 'rollup', 'rspack', 'vite', 'webpack'];
  const found = await esm(`
    import * as all from 'hs-wasm/unplugin';
    const own = {};
    for (const name of ${JSON.stringify(bundlers)}) {
      own[name] = typeof all[name] === 'function' && (await import('hs-wasm/' + name)).default === all[name];
    }
    console.log(JSON.stringify([Object.keys(all).sort(), Object.values(own)]));
  `);
  expect(found).toEqual([bundlers, bundlers.map(() => true)]);
});

test('functions are functions, and classes are not made by hand', () => {
  const hsWasm = require('..');
  for (const name of ['compile', 'watch', 'load', 'instantiate', 'run', 'typed', 'postLink', 'configure']) {
    expect(typeof hsWasm[name]).toBe('function');
  }
  expect(Object.keys(hsWasm.toolchain).sort()).toEqual([
    'doctor',
    'find',
    'install',
    'list',
    'pack',
    'path',
    'remove',
  ]);
  expect(new hsWasm.HsWasmError('ERR_HS_INTERNAL', 'x')).toBeInstanceOf(Error);
});

test('wrong arguments reject, and do not throw', async () => {
  const { compile, load, instantiate, run } = require('..');
  for (const call of [compile, load, instantiate, run]) {
    const promise = call(1);
    await expect(promise).rejects.toBeInstanceOf(TypeError);
    await expect(promise).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
  }
});
