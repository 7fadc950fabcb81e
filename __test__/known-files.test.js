'use strict';
// A file that was loaded before is not read again, unless it has changed. What is loaded is always what is there, and what was loaded
// stays what it was.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: delay } = require('node:timers/promises');
const { engine, failure, ours } = require('./support');
const { assemble } = require('./support/guests');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-known-'));
const instances = [];
const old = [];
let bytes;

/** A module that answers with a digit; all are of one size. */
const answering = (digit) =>
  assemble(`(module (memory (export "memory") 1)
    (func (export "answer") (result i32) (i32.const ${digit}))
    (func $deep (result i32) (i32.load (i32.const -4)))
    (func $fail (export "fail") (result i32) (loop (br_if 0 (i32.const 0))) (call $deep)))`);

async function answer(module, options) {
  const instance = await module.instantiate(options);
  instances.push(instance);
  return instance.exports.answer();
}

/** A file that was loaded when it was so old that what is found out of it is kept. */
async function knownFile() {
  const file = old.pop();
  await engine.load(file);
  return file;
}

/** Puts a new file in the place of another. */
function replace(file, contents) {
  fs.writeFileSync(`${file}.new`, contents);
  fs.renameSync(`${file}.new`, file);
}

beforeAll(async () => {
  bytes = await Promise.all([1, 2].map(answering));
  expect(bytes[0]).toHaveLength(bytes[1].length);
  for (let made = 0; made < 12; made += 1) {
    const file = path.join(folder, `module${made}.wasm`);
    fs.writeFileSync(file, bytes[0]);
    old.push(file);
  }
  while (Date.now() - fs.statSync(old[11]).ctimeMs < 2500) await delay(100);
});

afterAll(async () => {
  await Promise.all(instances.map((each) => each.dispose()));
  fs.rmSync(folder, { recursive: true, force: true });
});

describe('a known file', () => {
  ours('gives the same module as when it was first read', async () => {
    const first = await engine.load(old.at(-1));
    const again = await engine.load(await knownFile());
    for (const what of ['kind', 'abi', 'exports', 'imports', 'usesJSFFI']) {
      expect(again[what]).toEqual(first[what]);
    }
    expect(await answer(again)).toBe(1);
    expect(Buffer.compare(again.wasm, bytes[0])).toBe(0);
    expect(Buffer.compare(again.wasm, bytes[0])).toBe(0);
  });

  ours('is read when a trace needs its names', async () => {
    const file = await knownFile();
    const { exports } = await (await engine.load(file)).instantiate();
    const { frames } = await failure(() => exports.fail());
    expect(frames.map(({ function: name }) => name)).toEqual(['deep', 'fail']);
  });

  ours('is no longer known when another takes its place', async () => {
    const file = await knownFile();
    replace(file, bytes[1]);
    expect(await answer(await engine.load(file))).toBe(2);
  });

  ours('is no longer known when it is overwritten, with the same size and time', async () => {
    const file = await knownFile();
    const { atime, mtime } = fs.statSync(file);
    fs.writeFileSync(file, bytes[1]);
    fs.utimesSync(file, atime, mtime);
    expect(await answer(await engine.load(file))).toBe(2);
  });

  ours('may be touched', async () => {
    const file = await knownFile();
    fs.utimesSync(file, new Date(), new Date());
    expect(await answer(await engine.load(file))).toBe(1);
  });

  ours('may be a link, which leads to what it leads to', async () => {
    const [link, other] = ['link', 'other'].map((name) => path.join(folder, `${name}.wasm`));
    fs.writeFileSync(other, bytes[1]);
    fs.symlinkSync(old.pop(), link);
    await engine.load(link);
    expect(await answer(await engine.load(link))).toBe(1);
    fs.rmSync(link);
    fs.symlinkSync(other, link);
    expect(await answer(await engine.load(link))).toBe(2);
  });

  ours('is found by another spelling of its path, as what it is', async () => {
    const file = await knownFile();
    expect(await answer(await engine.load(path.relative(process.cwd(), file)))).toBe(1);
  });

  ours('is not used for bytes, nor without a cache', async () => {
    const file = await knownFile();
    expect(await answer(await engine.load(bytes[1]))).toBe(2);
    fs.writeFileSync(file, bytes[1]);
    expect(await answer(await engine.load(file, { cache: false }))).toBe(2);
  });
});

ours('two files in a row within a moment are both loaded as they are', async () => {
  const file = path.join(folder, 'new.wasm');
  for (let times = 0; times < 20; times += 1) {
    fs.writeFileSync(file, bytes[times % 2]);
    expect(await answer(await engine.load(file))).toBe((times % 2) + 1);
  }
});

describe('what was loaded from a known file', () => {
  ours('stays what it was when the file is replaced or removed', async () => {
    const file = await knownFile();
    const [one, other, last] = await Promise.all([file, file, file].map((each) => engine.load(each)));
    replace(file, bytes[1]);
    expect(Buffer.compare(one.wasm, bytes[0])).toBe(0);
    fs.rmSync(file);
    expect(await answer(other, { fuel: 1_000_000 })).toBe(1);
    const codeDir = path.join(folder, 'code');
    await last.precompile({ dir: codeDir, cpu: 'any' });
    expect(await answer(await engine.load(bytes[0], { codeDir, cache: false }))).toBe(1);
  });

  ours('says so when the file was overwritten and its bytes are wanted', async () => {
    const file = await knownFile();
    const module = await engine.load(file);
    const { exports } = await module.instantiate();
    fs.writeFileSync(file, bytes[1]);
    const wanted = [() => module.wasm, () => module.precompile({ dir: folder, cpu: 'any' })];
    for (const want of wanted) {
      expect(await failure(want)).toMatchObject({
        code: 'ERR_HS_IO',
        message: expect.stringMatching(/module\d+\.wasm .*overwritten.*load it again/),
      });
    }
    expect(exports.answer()).toBe(1);
    // A trace has no names then.
    const { frames } = await failure(() => exports.fail());
    expect(frames).toHaveLength(2);
    // What needs none of the file works.
    expect(await answer(module)).toBe(1);
  });

  ours('goes on when the file is cut off', async () => {
    const file = await knownFile();
    const module = await engine.load(file);
    fs.truncateSync(file, 10);
    expect(await answer(module)).toBe(1);
    expect(await failure(() => module.wasm)).toMatchObject({ code: 'ERR_HS_IO' });
  });
});
