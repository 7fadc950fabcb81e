'use strict';
// The plugins, with the bundlers themselves, each in a process of its own. What they make for browsers runs on V8's WebAssembly.

const fs = require('node:fs');
const { ours } = require('./support');
const { BUNDLERS, build } = require('./support/bundlers');
const { nodeIn } = require('./support/process');
const { WRONG } = require('./support/user-project');

/** For servers an export of C's gives its value at once, for browsers a promise. */
const APP = `import { answer, add } from './Answer.hs';
answer(1).then(async (n) => console.log(n, await add(1, 2)));
`;

const MODES = Object.keys(BUNDLERS).flatMap((name) => [
  [name, 'node'],
  [name, 'browser'],
]);

ours.each(MODES)('%s bundles for %s', async (bundler, target) => {
  const { project, ...outcome } = await build(bundler, BUNDLERS[bundler](target), { 'app.mjs': APP });
  expect(outcome).toEqual({ code: 0, stdout: expect.any(String), stderr: '' });
  const assets = fs
    .readdirSync(project.at('dist'), { recursive: true })
    .filter((name) => name.endsWith('.wasm'));
  expect(assets).toHaveLength(1);
  // The bundle needs neither the source nor, for browsers, this package.
  for (const name of ['Answer.hs', 'Lib.hs']) fs.rmSync(project.at(name));
  if (target === 'browser') fs.rmSync(project.at('node_modules/hs-wasm'));
  const flags = target === 'browser' ? ['--import', './browser.mjs'] : [];
  expect(await nodeIn(project.folder, ...flags, 'dist/app.mjs')).toEqual({
    code: 0,
    stdout: '43 3\n',
    stderr: '',
  });
});

ours('esbuild bundles as CommonJS for node', async () => {
  const script = BUNDLERS.esbuild('node').replace(`'esm'`, `'cjs'`).replace(`'.mjs' }`, `'.cjs' }`);
  const { project, ...outcome } = await build('esbuild', script, { 'app.mjs': APP });
  expect(outcome).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await nodeIn(project.folder, 'dist/app.cjs')).toEqual({ code: 0, stdout: '43 3\n', stderr: '' });
});

ours.each(Object.keys(BUNDLERS))('%s says what GHC says', async (bundler) => {
  const files = { 'app.mjs': `import { wrong } from './Wrong.hs';\nwrong(1);\n`, 'Wrong.hs': WRONG };
  const { project, code, stdout, stderr } = await build(bundler, BUNDLERS[bundler]('node'), files);
  expect(code).not.toBe(0);
  expect(stdout + stderr).toContain(`${project.at('Wrong.hs')}:5:11: error: [GHC-83865]`);
  expect(stdout + stderr).toContain(`${project.at('Wrong.hs')}:8:9: error: [GHC-83865]`);
});

ours('options of plugins are checked', async () => {
  const script = `import hsWasm from 'hs-wasm/rollup';
try {
  hsWasm({ target: 'deno' });
} catch (error) {
  console.log(error.code, error.message);
}
`;
  const { stdout } = await build('rollup', script, {});
  expect(stdout).toBe(
    "ERR_INVALID_ARG_VALUE plugin.options.target: must be 'node' or 'browser', found string 'deno'\n",
  );
});
