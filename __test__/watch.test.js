'use strict';
// Compiling again when something changes.

const fs = require('node:fs');
const path = require('node:path');
const { watch, CompileError } = require('..');
const { failure } = require('./support');
const { cabal, exported } = require('./support/packages');
const { node } = require('./support/process');
const { tree, write } = require('./support/tree');

const watchers = [];
afterEach(() => Promise.all(watchers.splice(0).map((watcher) => watcher.close())));

/** A watcher whose calls are awaited one by one: `await next()` is `[error, module]`. */
function watching(input, options) {
  const calls = [];
  const waiting = [];
  const onChange = (...call) => {
    if (waiting.length > 0) waiting.shift()(call);
    else calls.push(call);
  };
  const watcher = options ? watch(input, options, onChange) : watch(input, onChange);
  watchers.push(watcher);
  const next = () =>
    calls.length > 0 ? Promise.resolve(calls.shift()) : new Promise((resolve) => waiting.push(resolve));
  return { watcher, next, calls };
}

/** What the export `f` of the next module gives. */
async function value(next) {
  const [error, module] = await next();
  if (error) throw error;
  const instance = await module.instantiate();
  const result = await instance.exports.f();
  await instance.dispose();
  return result;
}

const f = (body) => `module Main where\n${exported('f', 'Int', `f = ${body}`)}`;
const withImport = (name, body) => f(body).replace('where\n', `where\nimport ${name}\n`);
const constant = (name, number) => `module ${name} where\nc :: Int\nc = ${number}\n`;

test('a changed file makes a new module, an unchanged or foreign one none', async () => {
  const folder = tree({ 'Main.hs': f(1), 'Other.hs': constant('Other', 1) });
  const { next, calls } = watching(path.join(folder, 'Main.hs'));
  expect(await value(next)).toBe(1);
  write(folder, { 'Main.hs': f(1), 'Other.hs': constant('Other', 2), 'notes.txt': 'x' });
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(calls).toEqual([]);
  write(folder, { 'Main.hs': f(2) });
  expect(await value(next)).toBe(2);
});

test('a broken build is an error, and the next change is seen', async () => {
  const folder = tree({ 'Main.hs': 'module Main where\nimport Gone\n' });
  const { next } = watching(path.join(folder, 'Main.hs'));
  const [missing] = await next();
  expect(missing).toBeInstanceOf(CompileError);
  write(folder, { 'Main.hs': withImport('Deep.Gone', 'c') });
  expect((await next())[0]).toBeInstanceOf(CompileError);
  write(folder, { 'Deep/Gone.hs': constant('Deep.Gone', 'nothing') });
  const [wrong] = await next();
  expect(wrong.diagnostics[0]).toMatchObject({ file: path.join(folder, 'Deep/Gone.hs') });
  write(folder, { 'Deep/Gone.hs': constant('Deep.Gone', 7) });
  expect(await value(next)).toBe(7);
});

test('editors that write another file and rename it are understood', async () => {
  const folder = tree({ 'Main.hs': withImport('A', 'c'), 'A.hs': constant('A', 1) });
  const { next } = watching(folder);
  expect(await value(next)).toBe(1);
  for (const number of [2, 3]) {
    write(folder, { '.A.hs.swp': constant('A', number) });
    fs.renameSync(path.join(folder, '.A.hs.swp'), path.join(folder, 'A.hs'));
    expect(await value(next)).toBe(number);
  }
});

test('a folder may go and come back', async () => {
  const folder = tree({});
  const files = (number) => ({
    'project/Main.hs': withImport('Lib.A', 'c'),
    'project/Lib/A.hs': constant('Lib.A', number),
  });
  write(folder, files(1));
  const { next } = watching(path.join(folder, 'project/Main.hs'));
  expect(await value(next)).toBe(1);
  fs.rmSync(path.join(folder, 'project'), { recursive: true });
  // GHC says it if the file goes while it is already at work.
  expect((await next())[0].message).toMatch(/No such file|Can't find/);
  write(folder, files(2));
  let [error, module] = await next();
  // The new folder may be seen while it is being filled.
  while (error) [error, module] = await next();
  expect(await value(async () => [null, module])).toBe(2);
  write(folder, files(3));
  expect(await value(next)).toBe(3);
});

test('C files, headers and packages are watched', async () => {
  const folder = tree({
    'lib/lib.cabal': cabal('lib', { library: { 'exposed-modules': 'A' } }),
    'lib/A.hs': constant('A', 1),
    'x.c': '#include "x.h"\nint x(void) { return X; }\n',
    'x.h': '#define X 10\n',
    'Main.hs': withImport('A', 'c + x').replace(
      'import A\n',
      'import A\nforeign import ccall "x" x :: Int\n',
    ),
  });
  const ghcOptions = [path.join(folder, 'x.c')];
  const { next } = watching(path.join(folder, 'Main.hs'), {
    ghcOptions,
    packages: [path.join(folder, 'lib')],
  });
  expect(await value(next)).toBe(11);
  write(folder, { 'x.h': '#define X 20\n' });
  expect(await value(next)).toBe(21);
  write(folder, { 'lib/A.hs': constant('A', 2) });
  expect(await value(next)).toBe(22);
  write(folder, { 'x.c': 'int x(void) { return 30; }\n' });
  expect(await value(next)).toBe(32);
});

test('a package is built again when its .cabal file or a new module of it changes', async () => {
  const stanza = { 'exposed-modules': 'A', 'hs-source-dirs': 'src' };
  const folder = tree({
    'p.cabal': cabal('p', { library: stanza }),
    'src/A.hs': f(1).replace('Main', 'A'),
  });
  const { next } = watching(folder);
  expect(await value(next)).toBe(1);
  write(folder, { 'src/A.hs': withImport('B', 'c').replace('Main', 'A') });
  expect((await next())[0]).toBeInstanceOf(CompileError);
  write(folder, {
    'src/B.hs': constant('B', 5),
    'p.cabal': cabal('p', { library: { ...stanza, 'other-modules': 'B' } }),
  });
  let call = await next();
  while (call[0]) call = await next();
  expect(await value(async () => call)).toBe(5);
});

test('what changes while the compiler is at work is compiled too', async () => {
  const folder = tree({ 'Main.hs': f(1) });
  let isWritten = false;
  const onProgress = ({ phase }) => {
    if (phase === 'link' && !isWritten) {
      isWritten = true;
      write(folder, { 'Main.hs': f(2) });
    }
  };
  const { next } = watching(path.join(folder, 'Main.hs'), { onProgress });
  let result = await value(next);
  if (result === 1) result = await value(next);
  expect(result).toBe(2);
});

test('a signal ends it, and a compilation under way', async () => {
  const folder = tree({ 'Main.hs': f(1) });
  const abort = new AbortController();
  const compiling = new Promise((resolve) => abort.signal.addEventListener('abort', resolve));
  const { watcher, calls } = watching(folder, { signal: abort.signal, onProgress: () => abort.abort() });
  await compiling;
  await watcher.close();
  expect(calls).toEqual([]);
  const aborted = watching(folder, { signal: abort.signal });
  await aborted.watcher.close();
  expect(aborted.calls).toEqual([]);
});

test('it keeps the process alive until it is closed', async () => {
  const folder = tree({ 'Main.hs': f(1) });
  const script = `
    const watcher = require('.').watch(process.argv[1], async (error, module) => {
      console.log(error ?? module.kind);
      setTimeout(async () => { await watcher[Symbol.asyncDispose ?? 'close'](); console.log('closed'); }, 300);
    });`;
  expect(await node('-e', script, folder)).toEqual({ code: 0, stdout: 'reactor\nclosed\n', stderr: '' });
});

test('what the listener throws is an uncaught exception, not ours', async () => {
  const folder = tree({ 'Main.hs': f(1) });
  const script = `require('.').watch(process.argv[1], () => { throw new Error('mine'); })`;
  const { code, stderr } = await node('-e', script, folder);
  expect(code).toBe(1);
  expect(stderr).toMatch(/Error: mine/);
});

test('wrong arguments throw at once', async () => {
  for (const [args, text] of [
    [['Main.hs'], 'watch.onChange'],
    [['Main.hs', {}, 1], 'watch.onChange'],
    [['Main.hs', { optimise: 1 }, () => {}], 'watch.options.optimise'],
    [[1, () => {}], 'watch.input'],
  ]) {
    const error = await failure(() => watch(...args));
    expect(error).toMatchObject({ name: 'TypeError', code: expect.stringMatching(/^ERR_INVALID_ARG_/) });
    expect(error.message).toMatch(new RegExp(`^${text}: `));
  }
});
