'use strict';
// The cache folder does not grow for ever: what was not used for a month goes when something is added, and what is used stays.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { engine, fixture, ours } = require('./support');
const { nodeIn } = require('./support/process');

const root = path.join(__dirname, '..');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-eviction-'));
const cache = path.join(folder, 'cache');
const wasm = path.join(folder, 'module.wasm');

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Makes that an entry was used so many days ago. */
function age(entry, days) {
  const then = new Date(Date.now() - days * 24 * 3600 * 1000);
  fs.utimesSync(entry, then, then);
}

/** A process that loads the module and then does `end`. */
async function load(end = '') {
  const code = `
    const { load } = require(${JSON.stringify(root)});
    load(${JSON.stringify(wasm)}, { tier: 'optimized' }).then(() => { ${end} });`;
  const ended = await nodeIn({ cwd: root, env: { ...process.env, HS_WASM_CACHE: cache } }, '-e', code);
  expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
}

const codeFiles = () =>
  fs.readdirSync(path.join(cache, 'cwasm')).map((name) => path.join(cache, 'cwasm', name));

ours('machine code that nobody used for a month makes room, and what is loaded counts as used', async () => {
  fs.writeFileSync(wasm, (await engine.compile(fixture('computing'))).wasm);
  await load();
  const [own] = codeFiles();
  age(own, 40);
  await load();
  expect(Date.now() - fs.statSync(own).mtimeMs).toBeLessThan(3600 * 1000);

  const unused = path.join(cache, 'cwasm', 'unused.cwasm');
  const project = path.join(cache, 'wasm', 'unused');
  const compiler = path.join(cache, 'toolchains', 'unused');
  fs.writeFileSync(unused, 'code');
  for (const place of [project, compiler]) {
    fs.mkdirSync(place, { recursive: true });
    fs.writeFileSync(path.join(place, 'file'), 'text');
  }
  for (const entry of [unused, project, compiler]) age(entry, 40);
  // Something is added, and the last sweep was some time ago.
  fs.rmSync(own);
  fs.writeFileSync(path.join(cache, 'swept'), '');
  age(path.join(cache, 'swept'), 1);
  await load(`const timer = setInterval(() => {
    if (![${JSON.stringify(unused)}, ${JSON.stringify(project)}].some(require('node:fs').existsSync)) clearInterval(timer);
  }, 10);`);
  expect(codeFiles()).toEqual([own]);
  expect(fs.existsSync(project)).toBe(false);
  expect(fs.existsSync(path.join(compiler, 'file'))).toBe(true);
});
