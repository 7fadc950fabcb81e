'use strict';
// C beside the Haskell: sources and headers, named by GHC's options.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { engine, failure } = require('./support');

const files = {
  'Main.hs': `module Main where
foreign import ccall "answer" answer :: IO Int
main :: IO ()
main = answer >>= print
`,
  'cbits/x.c': '#include "x.h"\n#include <deep.h>\nint answer(void) { return ANSWER + DEEP; }\n',
  'cbits/x.h': '#define ANSWER 40\n',
  'include/deep.h': '#define DEEP 2\n',
};

let root;
const write = (file, text) => {
  const full = path.join(root, file);
  fs.mkdirSync(path.dirname(full), { recursive: true });
  fs.writeFileSync(full, text);
};
const listing = () => fs.readdirSync(root, { recursive: true }).sort();

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-c-'));
  Object.entries(files).forEach(([file, text]) => write(file, text));
});

const home = process.cwd();

afterEach(() => {
  process.chdir(home);
  fs.rmSync(root, { recursive: true });
});

const options = (base) => ({
  ghcOptions: [path.join(base, 'cbits/x.c'), `-I${path.join(base, 'include')}`],
});
const answer = async () => (await engine.run(root, options(root))).stdout;

test('are compiled and linked, relative to the working folder', async () => {
  process.chdir(root);
  const { stdout } = await engine.run('.', { ghcOptions: ['cbits/x.c', '-Iinclude', '-Icbits'] });
  expect(stdout).toBe('42\n');
});

test.each(['an absolute path', 'a path that leads up'])(
  'are compiled by %s, and leave nothing beside them',
  async (kind) => {
    const before = listing();
    process.chdir(path.join(root, 'include'));
    const base = kind === 'an absolute path' ? root : '..';
    expect((await engine.run(root, options(base))).stdout).toBe('42\n');
    expect(listing()).toEqual(before);
  },
);

test('a source or header that changed is seen', async () => {
  expect(await answer()).toBe('42\n');
  write('cbits/x.h', '#define ANSWER 50\n');
  expect(await answer()).toBe('52\n');
  write('include/deep.h', '#define DEEP 3\n');
  expect(await answer()).toBe('53\n');
  write('cbits/x.c', 'int answer(void) { return 7; }\n');
  expect(await answer()).toBe('7\n');
});

test.each([
  [
    'a source',
    'cbits/x.c',
    'int answer(void) {\n  return nothing;\n}\n',
    2,
    10,
    /undeclared identifier 'nothing'/,
  ],
  ['the end of a source', 'cbits/x.c', 'int answer(void) {\n  return 1;\n', 2, 1, /expected '}'/],
  ['a header', 'cbits/x.h', '#define ANSWER 40\nint bad(void) { return nowhere; }\n', 2, 24, /'nowhere'/],
])(
  'an error in %s is a diagnostic that names file and line',
  async (_, file, text, line, column, message) => {
    write(file, text);
    const error = await failure(() => engine.compile(root, options(root)));
    expect(error).toMatchObject({ name: 'CompileError', code: 'ERR_HS_COMPILE' });
    expect(error.diagnostics).toHaveLength(1);
    const [found] = error.diagnostics;
    expect(found).toMatchObject({ file: path.join(root, file), line, column, severity: 'error' });
    expect(found.message).toMatch(message);
    expect(error.message).toContain(`${path.join(root, file)}:${line}`);
    expect(error.message).toContain(text.split('\n')[line - 1]);
  },
);

test('a source that is not there is an error that names it', async () => {
  fs.rmSync(path.join(root, 'cbits/x.c'));
  const error = await failure(() => engine.compile(root, options(root)));
  expect(error.message).toContain(path.join(root, 'cbits/x.c'));
});
