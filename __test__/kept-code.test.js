'use strict';
// Note [Kept code] in lib/kept-code.js, with processes that load a copy of the package.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { ours } = require('./support');
const { assemble } = require('./support/guests');
const { nodeIn } = require('./support/process');

const ROOT = path.join(__dirname, '..');

const GUEST = `(module
  (import "ghc_wasm_jsffi" "add" (func $add (param f64 f64) (result f64))) ;; ($1,$2) => $1 + $2
  (import "ghc_wasm_jsffi" "later" (func $later (result externref))) ;; () => import('node:os')
  (memory (export "memory") 1)
  (func (export "sum") (param f64) (result f64) (call $add (local.get 0) (f64.const 0.5)))
  (func (export "os") (result externref) (call $later)))`;

/** Uses the package, and prints what came of it, and how much of it was kept: where it comes from is said by the stack of an error. */
const PROGRAM = `
const path = require('node:path');
const root = path.join(__dirname, 'package');
const before = process.argv[3] === 'before' && require(root + '/lib/import/open.js');
const hs = require(root);
const errors = require(root + '/lib/errors.js');
(async () => {
  const error = await hs.load(5).catch((error) => error);
  const module = await hs.load(process.argv[2]);
  const instance = await module.instantiate();
  const { sum, os } = instance.exports;
  const all = await import(root + '/index.js');
  const result = {
    sum: sum(1),
    os: Object.keys(await os()).includes('cpus'),
    message: error.message,
    classes: [
      errors.HsWasmError === hs.HsWasmError,
      all.HsWasmError === hs.HsWasmError && all.default.load === hs.load,
      instance instanceof hs.Instance,
      require(root + '/lib/types/table.js') === require(root + '/lib/types/table.js'),
      (await hs.load('none.wasm').catch((error) => error)) instanceof errors.HsWasmError,
    ],
    file: before ? before.openSource.name : 'openSource',
  };
  instance.dispose();
  const isTaken = error.stack.includes(path.join('code', ''));
  const isMore = Object.keys(require.cache).some((file) => file.endsWith('keeping-code.js'));
  const found = !isTaken ? 'nothing' : isMore ? 'the text' : 'everything';
  process.stdout.write(JSON.stringify({ result, found }), () => process.exit());
})();
`;

const WELL = {
  sum: 1.5,
  os: true,
  message: expect.stringContaining('load.input'),
  classes: [true, true, true, true, true],
  file: 'openSource',
};

/** What is made of signatures and snippets. */
const VALUES = /^"(?:arrow|export|shim) /m;

let folder;
let inPackage;

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'hs-wasm-kept-'));
  inPackage = (name) => path.join(folder, 'package', name);
  fs.mkdirSync(inPackage(''));
  for (const name of ['index.js', 'lib', 'package.json', 'binding.js']) {
    fs.cpSync(path.join(ROOT, name), inPackage(name), { recursive: true });
  }
  const addon = fs.readdirSync(ROOT).find((name) => name.endsWith('.node'));
  fs.symlinkSync(path.join(ROOT, addon), inPackage(addon));
  fs.writeFileSync(path.join(folder, 'program.cjs'), PROGRAM);
  fs.writeFileSync(path.join(folder, 'guest.wasm'), await assemble(GUEST));
  await settled();
});

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** What was just written is not kept for two seconds. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 2200));

const cache = (name) => path.join(folder, name);
/** What is kept in a cache folder. */
const kept = (name) => {
  const place = path.join(cache(name), 'code');
  return fs.existsSync(place) ? fs.readdirSync(place).map((file) => path.join(place, file)) : [];
};

/** The settings of a process that is none of Jest's, with that cache folder. */
function settingsOf(name, more = {}) {
  const { JEST_WORKER_ID: _, NODE_OPTIONS: __, ...env } = process.env;
  return { cwd: folder, env: { ...env, HS_WASM_CACHE: cache(name), ...more } };
}

/** Runs the program: how much of the package was kept before, when all is well. */
async function run(name, { env = {}, flags = [], args = [], program = 'program.cjs' } = {}) {
  const outcome = await nodeIn(settingsOf(name, env), ...flags, program, 'guest.wasm', ...args);
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  const { result, found } = JSON.parse(outcome.stdout);
  expect(result).toEqual(WELL);
  return found;
}

/** Runs it until everything is kept. */
async function warm(name, how) {
  expect(await run(name, how)).toBe('nothing');
  expect(await run(name, how)).toBe('the text');
  const [file] = kept(name);
  return file;
}

ours('the first process keeps the text, the second V8’s code, and further ones write nothing', async () => {
  expect(await run('usual')).toBe('nothing');
  const [file] = kept('usual');
  expect(fs.statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
  const text = fs.readFileSync(file, 'latin1');
  expect(text).toMatch(/^\(\{\n"lib\/[^]*class HsWasmError/);
  expect(text).not.toMatch(VALUES);
  const first = fs.statSync(file);
  expect(await run('usual')).toBe('the text');
  const second = fs.statSync(file);
  expect(second.size).toBeGreaterThan(first.size + 50_000);
  expect(fs.readFileSync(file, 'latin1')).toMatch(VALUES);
  expect(await run('usual')).toBe('everything');
  expect(fs.statSync(file)).toMatchObject({ ino: second.ino, mtimeMs: second.mtimeMs });
  expect(kept('usual')).toEqual([file]);
});

ours('modules are the same whichever entry comes first, in workers, and with frozen intrinsics', async () => {
  await warm('entries');
  expect(await run('entries', { args: ['before'] })).toBe('everything');
  const worker = path.join(folder, 'worker.cjs');
  fs.writeFileSync(
    worker,
    "new (require('node:worker_threads').Worker)(__dirname + '/program.cjs', { argv: process.argv.slice(2) });",
  );
  expect(await run('entries', { program: worker })).toBe('everything');
  await warm('entries', { flags: ['--frozen-intrinsics'] });
  expect(kept('entries')).toHaveLength(2);
});

ours('an edit takes effect at once, also one that leaves the length', async () => {
  const file = await warm('edits');
  const edited = inPackage('lib/options.js');
  const text = fs.readFileSync(edited, 'utf8');
  fs.writeFileSync(
    edited,
    text.replaceAll("'a path, a file: URL, a Uint8Array", "'A path, a file: URL, a Uint8Array"),
  );
  try {
    const { stdout } = await nodeIn(settingsOf('edits'), 'program.cjs', 'guest.wasm');
    const message = expect.stringContaining('must be A path');
    expect(JSON.parse(stdout)).toMatchObject({ result: { message }, found: 'nothing' });
  } finally {
    fs.writeFileSync(edited, text);
    await settled();
  }
  await warm('edits');
  expect(kept('edits')).toEqual([file]);
});

ours.each([
  [
    'damaged',
    (file, bytes) => fs.writeFileSync(file, bytes.fill(0x41, bytes.length >> 1, (bytes.length >> 1) + 1)),
  ],
  ['cut off', (file, bytes) => fs.writeFileSync(file, bytes.subarray(0, 100_000))],
  ['empty', (file) => fs.writeFileSync(file, '')],
  ['open to others', (file) => fs.chmodSync(file, 0o622)],
])('what is kept and %s is not used, but made again', async (name, spoil) => {
  const file = await warm(name);
  spoil(file, fs.readFileSync(file));
  await warm(name);
  expect(kept(name)).toEqual([file]);
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
});

ours('code of other flags of V8 is not mixed up with it', async () => {
  const one = await warm('flags');
  await warm('flags', { flags: ['--no-opt'] });
  expect(kept('flags')).toHaveLength(2);
  // Flags that the name does not tell of: V8 refuses the code, not the text.
  fs.copyFileSync(
    one,
    kept('flags').find((file) => file !== one),
  );
  expect(await run('flags', { flags: ['--no-opt'] })).toBe('the text');
});

ours('a cache folder that cannot be written is no error', async () => {
  fs.writeFileSync(cache('file'), '');
  expect(await run('file')).toBe('nothing');
  expect(await run('file')).toBe('nothing');
  expect(fs.readFileSync(cache('file'), 'utf8')).toBe('');
});

ours('first processes at the same time agree', async () => {
  const four = () => Promise.all(Array.from({ length: 4 }, () => run('parallel')));
  await four();
  await four();
  expect(await four()).toEqual(Array(4).fill('everything'));
  expect(kept('parallel')).toHaveLength(1);
});

ours('a process that goes on keeps it without ending', async () => {
  const program = path.join(folder, 'goes-on.cjs');
  const wait = `() => setInterval(() => {
    if (require('node:fs').existsSync(process.env.HS_WASM_CACHE + '/code')) process.kill(process.pid, 'SIGKILL');
  }, 50)`;
  fs.writeFileSync(program, PROGRAM.replace('() => process.exit()', wait));
  expect(await nodeIn(settingsOf('goes-on'), program, 'guest.wasm')).toMatchObject({ code: 'SIGKILL' });
  expect(await run('goes-on')).toBe('the text');
});

ours.each([
  ['NODE_DISABLE_COMPILE_CACHE', { env: { NODE_DISABLE_COMPILE_CACHE: '1' } }],
  ['the coverage of V8', { env: { NODE_V8_COVERAGE: 'coverage' } }],
  ['a hook on require', { flags: ['--require', './hook.cjs'] }],
])('nothing is kept or taken with %s', async (name, how) => {
  fs.writeFileSync(
    path.join(folder, 'hook.cjs'),
    "const { '.js': usual } = require.extensions; require.extensions['.js'] = function hook(...args) { usual(...args); };",
  );
  expect(await run(name, how)).toBe('nothing');
  expect(kept(name)).toEqual([]);
});

ours('nothing is kept for a module that is not to be, or with another cache folder', async () => {
  for (const [name, text] of [
    ['without', PROGRAM.replace('hs.load(process.argv[2])', 'hs.load(process.argv[2], { cache: false })')],
    [
      'elsewhere',
      PROGRAM.replace('(async () => {', "hs.configure({ cacheDir: __dirname + '/other' });\n(async () => {"),
    ],
  ]) {
    const program = path.join(folder, `${name}.cjs`);
    fs.writeFileSync(program, text);
    expect(await run(name, { program })).toBe('nothing');
    expect(kept(name)).toEqual([]);
  }
  expect(kept('other')).toEqual([]);
});
