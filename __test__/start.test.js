'use strict';
// What a process loads before an export gives its first result: Note [Loaded when needed] in lib/later.js.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { engine, fixture, ours } = require('./support');
const { nodeIn } = require('./support/process');

const ROOT = path.join(__dirname, '..');

const PROGRAM = `
const fs = require('node:fs');
const before = new Set(process.moduleLoadList);
const { load } = require(${JSON.stringify(ROOT)});
(async () => {
  const module = await load(process.argv[2]);
  const { exports } = await module.instantiate();
  const result = await exports.compute(1);
  const files = Object.keys(require.cache);
  const own = process.moduleLoadList.filter((name) => !before.has(name)).map((name) => name.split(' ').at(-1));
  fs.writeSync(1, JSON.stringify({ result: typeof result, files, own }));
  process.exit();
})();
`;

/** Of Node's modules, those that take a millisecond and more. */
const SLOW = new Set(['child_process', 'crypto', 'fs/promises', 'net', 'stream', 'tty', 'worker_threads']);
/** Of ours, those for what such a process does not do. */
const FOR_OTHERS = new Set(
  ['command', 'compiler', 'doctor', 'download', 'glue', 'job', 'post-link', 'watch'].map(
    (name) => `${name}.js`,
  ),
);

let folder;

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-start-'));
});

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

ours('a process that only calls an export loads nothing that is for other work', async () => {
  const module = await engine.compile(fixture('computing'));
  const [wasm, program] = ['module.wasm', 'program.cjs'].map((name) => path.join(folder, name));
  fs.writeFileSync(wasm, module.wasm);
  fs.writeFileSync(program, PROGRAM);
  // It is no process of Jest's.
  const { JEST_WORKER_ID: _, ...env } = process.env;
  const { code, stdout, stderr } = await nodeIn({ cwd: folder, env }, program, wasm);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { result, files, own } = JSON.parse(stdout);
  expect(result).toBe('number');
  expect(files).toContain(path.join(ROOT, 'lib', 'runtime.js'));
  expect(files.filter((file) => FOR_OTHERS.has(path.basename(file)))).toEqual([]);
  expect(own.filter((name) => SLOW.has(name))).toEqual([]);
});
