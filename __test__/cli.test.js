'use strict';
// The command line: each run is a process of its own, as a user's would be.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { fixture } = require('./support/fixtures');
const { nodeIn } = require('./support/process');

// The first run of a fixture waits for GHC and Cranelift.
jest.setTimeout(180_000);

const program = path.join(__dirname, '..', 'bin', 'hs-wasm.js');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-cli-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const hsWasm = (...args) => nodeIn(folder, program, ...args);
const file = (name) => path.join(folder, name);

describe('hs-wasm', () => {
  test('lists its commands', async () => {
    const { code, stdout } = await hsWasm('--help');
    expect(code).toBe(0);
    for (const name of fs.readdirSync(path.join(__dirname, '..', 'bin', 'commands'))) {
      expect(stdout).toContain(`\n  ${path.basename(name, '.js')} `);
    }
  });

  test.each(
    fs.readdirSync(path.join(__dirname, '..', 'bin', 'commands')).map((name) => [path.basename(name, '.js')]),
  )('%s --help tells how to use it', async (name) => {
    const { code, stdout } = await hsWasm(name, '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: hs-wasm ${name}`));
    expect(await hsWasm('help', name)).toMatchObject({ code: 0, stdout });
  });

  test.each([
    [['biuld'], "there is no command 'biuld'; did you mean 'build'?"],
    [['build', 'x.hs', '--optimise', '2'], "did you mean '--optimize'?"],
    [['build'], 'build: expected one file or folder, found none'],
    [['build', 'a.hs', 'b.hs'], 'found a.hs b.hs'],
    [['call', 'a.hs'], 'call: expected a file and the name of an export'],
  ])('%j is misuse', async (args, message) => {
    const { code, stdout, stderr } = await hsWasm(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('build', () => {
  test('writes a module, and its JavaScript where asked to', async () => {
    const { code, stdout } = await hsWasm(
      'build',
      fixture('callbacks'),
      '-o',
      'c.wasm',
      '--post-link',
      'c.mjs',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^c\.wasm: reactor, [\d,]+ bytes, exports /);
    expect(WebAssembly.validate(fs.readFileSync(file('c.wasm')))).toBe(true);
    expect(fs.readFileSync(file('c.mjs'), 'utf8')).toMatch(/^export default /m);
  });

  test('names the file after the input', async () => {
    fs.writeFileSync(file('Hello.hs'), 'main :: IO ()\nmain = putStrLn "hello"\n');
    expect((await hsWasm('build', 'Hello.hs', '-O', '0')).stdout).toMatch(
      /^Hello\.wasm: command, [\d,]+ bytes\n$/,
    );
    expect(fs.existsSync(file('Hello.wasm'))).toBe(true);
  });

  test('says what was built and which warnings there were, as JSON', async () => {
    fs.writeFileSync(
      file('Unused.hs'),
      'module Main where\nimport Data.List\nmain :: IO ()\nmain = pure ()\n',
    );
    const { stdout, stderr } = await hsWasm('build', 'Unused.hs', '--ghc-option=-Wall', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      output: 'Unused.wasm',
      kind: 'command',
      abi: 'none',
      exports: [],
    });
    expect(JSON.parse(stdout).warnings).toHaveLength(1);
    expect(stderr).toMatch(/^.*Unused\.hs:2:1: warning: .*Data\.List/s);
  });

  test("fails with GHC's message", async () => {
    fs.writeFileSync(file('Bad.hs'), 'main :: IO ()\nmain = putStrLn True\n');
    const { code, stderr } = await hsWasm('build', 'Bad.hs');
    expect(code).toBe(1);
    expect(stderr).toMatch(/Bad\.hs:2:17/);
    expect(stderr).toContain('GHC-83865');
    expect(fs.existsSync(file('Bad.wasm'))).toBe(false);
  });
});

describe('call', () => {
  const source = `module Calls where
import GHC.Wasm.Prim
import Data.Int
foreign export javascript "twice" twice :: Int -> Int
foreign export javascript "big" big :: Int64 -> Int64
foreign export javascript "both" both :: Bool -> Double -> IO Double
foreign export javascript "size" size :: JSVal -> IO Int
foreign import javascript unsafe "Object.keys($1).length" size :: JSVal -> IO Int
foreign export javascript "fails" fails :: IO ()
twice :: Int -> Int
twice = (* 2)
big :: Int64 -> Int64
big = (+ 1)
both :: Bool -> Double -> IO Double
both b x = pure (if b then x else negate x)
fails :: IO ()
fails = fail "no"
`;
  beforeAll(() => fs.writeFileSync(file('Calls.hs'), source));

  test.each([
    [['twice', '21'], '42\n'],
    [['twice', '--', '-21'], '-42\n'],
    [['big', '9007199254740993'], '9007199254740994n\n'],
    [['big', '--json', '9007199254740993'], '"9007199254740994"\n'],
    [['both', 'false', '1.5'], '-1.5\n'],
    [['size', '{"a":1,"b":2}'], '2\n'],
    [['size', 'text'], '4\n'],
  ])('%j', async (args, stdout) => {
    expect(await hsWasm('call', 'Calls.hs', ...args)).toEqual({ code: 0, stdout, stderr: '' });
  });

  test.each([
    [['nice'], 2, 'has no export nice; its exports are twice, big, both, size, fails'],
    [['twice'], 2, 'twice takes 1 arguments (i32), found 0'],
    [['twice', 'x'], 2, 'argument 1 must be a number, found "x"'],
    [['big', '1.5'], 2, 'argument 1 must be an integer, found "1.5"'],
    [['fails'], 1, 'user error (no)'],
  ])('%j fails', async (args, code, message) => {
    const outcome = await hsWasm('call', 'Calls.hs', ...args);
    expect(outcome).toMatchObject({ code, stdout: '' });
    expect(outcome.stderr).toContain(message);
  });
});

describe('inspect', () => {
  beforeAll(async () => {
    await hsWasm('build', fixture('strings'), '-o', 's.wasm');
  });

  test('tells what a module is made of', async () => {
    const { code, stdout } = await hsWasm('inspect', 's.wasm');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^s\.wasm: reactor, JSFFI of GHC 9\.\d+, [\d,]+ bytes\n/);
    for (const part of ['Exports', 'Imports', 'Snippets', 'Sections', 'Code by package', 'Code by module']) {
      expect(stdout).toContain(`\n${part} (`);
    }
    expect(stdout).toMatch(/ghc-internal:GHC\.Internal\.Wasm\.Prim\.\w+ +\(/);
  });

  test('accounts for every byte of code', async () => {
    const { sections, packages, bytes } = JSON.parse((await hsWasm('inspect', 's.wasm', '--json')).stdout);
    expect(bytes).toBe(fs.statSync(file('s.wasm')).size);
    const sum = (parts) => parts.reduce((total, part) => total + part.bytes, 0);
    const code = sections.find(({ name }) => name === 'code').bytes;
    // Each function has its length before it, of one to three bytes.
    expect(sum(packages)).toBeLessThan(code);
    expect(sum(packages)).toBeGreaterThan(code * 0.97);
    const own = packages.find(({ name }) => name === 'main');
    expect(own.modules.map(({ name }) => name)).toEqual(['Strings']);
  });

  test('draws a page', async () => {
    expect(await hsWasm('inspect', 's.wasm', '--html', 's.html')).toMatchObject({ code: 0, stdout: '' });
    const page = fs.readFileSync(file('s.html'), 'utf8');
    expect(page).toMatch(/<title>ghc-internal › GHC\.Internal[\w.]+ › \S+: [\d,]+ bytes<\/title>/);
    expect(page).toMatch(/<title>main: [\d,]+ bytes<\/title>/);
    const boxes = [...page.matchAll(/<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"/g)];
    for (const [x, y, width, height] of boxes.map((box) => box.slice(1).map(Number))) {
      expect(x + width).toBeLessThanOrEqual(1200);
      expect(y + height).toBeLessThanOrEqual(720);
    }
  });

  test('refuses what is no module', async () => {
    const { code, stderr } = await hsWasm('inspect', 'Calls.hs');
    expect(code).toBe(1);
    expect(stderr).toContain('expected a WebAssembly module');
  });
});

test('doctor exits with 0 where everything works, and with 1 and advice where not', async () => {
  expect(await hsWasm('doctor')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('ok   reactor: Haskell calls JavaScript'),
  });
  const missing = { ...process.env, HS_WASM_GHC: file('no-such-ghc') };
  const { code, stdout } = await nodeIn({ cwd: folder, env: missing }, program, 'doctor');
  expect(code).toBe(1);
  expect(stdout).toContain('no-such-ghc');
});
