'use strict';
// Packages as inputs: cabal builds them, offline, with our compiler. The first of these tests installs cabal if this
// machine has none.

const fs = require('node:fs');
const path = require('node:path');
const { compile, instantiate, run, CompileError, ToolchainError } = require('..');
const { failure } = require('./support');
const { cabal, exported } = require('./support/packages');
const { node } = require('./support/process');
const { tree, write } = require('./support/tree');

const program = {
  'hello.cabal': cabal('hello', {
    'flag loud': { default: 'False', manual: 'True' },
    library: {
      'hs-source-dirs': 'src',
      'exposed-modules': 'Greeting',
      'other-modules': 'Deep.Hidden, Sizes',
      'default-extensions': 'LambdaCase, CPP',
      'c-sources': 'cbits/add.c',
      'include-dirs': 'include',
      'ghc-options': '-Wall\n  if flag(loud)\n    cpp-options: -DLOUD',
    },
    'executable hello': {
      'hs-source-dirs': 'app',
      'main-is': 'Main.hs',
      'other-modules': 'Paths_hello',
      'autogen-modules': 'Paths_hello',
      'c-sources': 'cbits/mul.c',
      'build-depends': 'base, hello, containers',
      'ghc-options': '-threaded -rtsopts "-with-rtsopts=-N -A2m"',
    },
  }),
  'src/Greeting.hs': `module Greeting (greet, add, describe, sizeOfInt) where
import Deep.Hidden
import Sizes
foreign import ccall "add_c" add :: Int -> Int -> Int
greet :: String
#ifdef LOUD
greet = hidden ++ "!"
#else
greet = hidden
#endif
describe :: Bool -> String
describe = \\case { True -> "yes"; False -> "no" }
`,
  'src/Deep/Hidden.hs': 'module Deep.Hidden where\nhidden :: String\nhidden = "hello"\nunused x = x\n',
  'src/Sizes.hsc': 'module Sizes where\n#include "add.h"\nsizeOfInt :: Int\nsizeOfInt = #{size int}\n',
  'cbits/add.c': '#include "add.h"\nint add_c(int a, int b) { return a + b + EXTRA; }\n',
  'cbits/mul.c': 'int mul_c(int a, int b) { return a * b; }\n',
  'include/add.h': '#define EXTRA 0\n',
  'app/Main.hs': `module Main (main) where
import Greeting
import qualified Data.Map as Map
import Data.Version (showVersion)
import Paths_hello (version)
foreign import ccall "mul_c" mul :: Int -> Int -> Int
main :: IO ()
main = do
  putStrLn (greet ++ " " ++ describe True ++ " " ++ showVersion version)
  print (add 2 3, mul 4 5, sizeOfInt, Map.size (Map.fromList [(1 :: Int, 'a')]))
`,
};

const reactor = {
  'sums.cabal': cabal('sums', {
    library: { 'exposed-modules': 'Sums', 'other-modules': 'Inner' },
  }),
  'Sums.hs': `module Sums where\nimport Inner ()\n${exported('plus', 'Int -> Int -> Int', 'plus = (+)')}`,
  'Inner.hs': `module Inner where\n${exported('twice', 'Int -> Int', 'twice = (* 2)')}`,
};

test('an executable with a library, C sources, flags, preprocessors and generated modules runs', async () => {
  const folder = tree(program);
  const { stdout, exitCode } = await run(path.join(folder, 'hello.cabal'));
  expect(stdout).toBe('hello yes 0.1\n(5,20,4,1)\n');
  expect(exitCode).toBe(0);
  const loud = await run(folder, { flags: { loud: true } });
  expect(loud.stdout).toMatch(/^hello! /);
  expect(fs.readdirSync(folder).sort()).toEqual(['app', 'cbits', 'hello.cabal', 'include', 'src']);
});

test('warnings of a package name its files, from the cache too', async () => {
  const folder = tree(program);
  for (const _ of ['compiled', 'from the cache']) {
    const { warnings } = await compile(folder);
    expect(warnings).toMatchObject([
      { file: path.join(folder, 'src/Deep/Hidden.hs'), line: 4, severity: 'warning', code: 'GHC-38417' },
    ]);
  }
});

test('a changed header, which cabal does not look at, is compiled in', async () => {
  const folder = tree(program);
  await compile(folder);
  write(folder, { 'include/add.h': '#define EXTRA 100\n' });
  const { stdout } = await run(folder);
  expect(stdout).toContain('(105,20,4,1)');
});

test('a library with foreign exports becomes a reactor', async () => {
  const folder = tree(reactor);
  const instance = await instantiate(folder);
  expect(await instance.exports.plus(2, 3)).toBe(5);
  expect(await instance.exports.twice(21)).toBe(42);
  await instance.dispose();
});

test('an executable exports what the libraries of its project export', async () => {
  const folder = tree({
    'cabal.project': 'packages: sums\n  app\n',
    ...Object.fromEntries(Object.entries(reactor).map(([name, text]) => [`sums/${name}`, text])),
    'app/app.cabal': cabal('app', {
      'executable app': { 'main-is': 'Main.hs', 'build-depends': 'base, sums' },
    }),
    'app/Main.hs': `module Main where\nimport Sums\n${exported('six', 'Int', 'six = plus 2 4')}main :: IO ()\nmain = pure ()\n`,
  });
  const module = await compile(path.join(folder, 'cabal.project'));
  expect(module.exports.map(({ name }) => name).sort()).toEqual(['plus', 'six', 'twice']);
  const instance = await module.instantiate();
  expect(await instance.exports.six()).toBe(6);
  expect(await instance.exports.twice(4)).toBe(8);
  await instance.dispose();
  const byPackage = await compile(path.join(folder, 'app/app.cabal'));
  expect(byPackage.exports).toEqual(module.exports);
});

test('of several executables one must be named', async () => {
  const folder = tree({
    'two.cabal': cabal('two', {
      'executable a': { 'main-is': 'A.hs' },
      'executable b': { 'main-is': 'B.hs' },
    }),
    'A.hs': 'main :: IO ()\nmain = putStrLn "a"\n',
    'B.hs': 'main :: IO ()\nmain = putStrLn "b"\n',
  });
  const error = await failure(() => compile(folder));
  expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
  expect(error.message).toContain('two:exe:a, two:exe:b');
  expect((await run(folder, { component: 'b' })).stdout).toBe('b\n');
  const wrong = await failure(() => compile(folder, { component: 'c' }));
  expect(wrong.message).toContain('there is no component c; there are two:exe:a, two:exe:b');
  const flag = await failure(() => compile(folder, { component: 'a', flags: { nope: true } }));
  expect(flag.message).toContain('compile.options.flags.nope: no package has this flag');
});

test('what has not changed is not built again, and outDir gets the module', async () => {
  const folder = tree(reactor);
  const outDir = path.join(folder, 'out');
  const phases = async (options) => {
    const seen = new Set();
    await compile(folder, { onProgress: ({ phase }) => seen.add(phase), ...options });
    return [...seen];
  };
  expect(await phases()).toEqual(expect.arrayContaining(['compile', 'link']));
  expect(await phases()).toEqual(['codegen']);
  write(folder, { 'Inner.hs': reactor['Inner.hs'].replace('* 2', '* 3') });
  expect(await phases({ outDir })).toContain('compile');
  const instance = await instantiate(path.join(outDir, 'sums.wasm'));
  expect(await instance.exports.twice(2)).toBe(6);
  await instance.dispose();
});

test('an error in a package is a diagnostic with its file, in a library and in what is linked', async () => {
  const folder = tree({
    ...program,
    'src/Deep/Hidden.hs': 'module Deep.Hidden where\nhidden :: String\nhidden = 1\n',
  });
  const inLibrary = await failure(() => compile(folder));
  expect(inLibrary).toBeInstanceOf(CompileError);
  expect(inLibrary.diagnostics).toMatchObject([
    { file: path.join(folder, 'src/Deep/Hidden.hs'), line: 3, column: 10 },
  ]);
  expect(inLibrary.message).toContain('3 | hidden = 1');
  write(folder, { ...program, 'app/Main.hs': 'main :: IO ()\nmain = missing\n' });
  const inProgram = await failure(() => compile(folder));
  expect(inProgram.diagnostics).toMatchObject([
    { file: path.join(folder, 'app/Main.hs'), line: 2, code: 'GHC-88464' },
  ]);
});

test('what cannot cross to JavaScript is explained for libraries too', async () => {
  const folder = tree({
    ...program,
    'src/Deep/Hidden.hs':
      'module Deep.Hidden where\nforeign export javascript hidden :: [Char]\nhidden :: String\nhidden = ""\n',
  });
  const { diagnostics } = await failure(() => compile(folder));
  expect(diagnostics[0]).toMatchObject({ file: path.join(folder, 'src/Deep/Hidden.hs'), line: 2 });
  expect(diagnostics[0].message).toMatch(/What can cross: Bool, Char, Int/);
});

test('a package that is not here is said, with what there is', async () => {
  const folder = tree({
    'x.cabal': cabal('x', { 'executable x': { 'main-is': 'Main.hs', 'build-depends': 'base, aeson' } }),
    'Main.hs': 'main :: IO ()\nmain = pure ()\n',
  });
  const error = await failure(() => compile(folder));
  expect(error).toBeInstanceOf(CompileError);
  expect(error.message).toMatch(/aeson[^]*Cabal works offline here/);
});

test('names with spaces and quotes never reach a shell', async () => {
  const folder = tree({});
  const odd = path.join(folder, `it's $(touch pwned) "here"`.replaceAll('"', ''));
  write(odd, reactor);
  const { exports } = await compile(odd);
  expect(exports.map(({ name }) => name).sort()).toEqual(['plus', 'twice']);
  expect(fs.readdirSync(odd).sort()).toEqual(['Inner.hs', 'Sums.hs', 'sums.cabal']);
});

test('a signal ends cabal and all it started within a second, and leaves no temporary file', async () => {
  const modules = Array.from({ length: 40 }, (_, i) => `M${i}`);
  const folder = tree({
    'big.cabal': cabal('big', { library: { 'exposed-modules': modules.join(', ') } }),
    ...Object.fromEntries(modules.map((name) => [`${name}.hs`, `module ${name} where\nx :: Int\nx = 1\n`])),
  });
  const temporary = tree({});
  const { stdout } = await node(path.join(__dirname, 'support', 'abort-compile.mjs'), folder, temporary);
  expect(stdout).toBe('ABORT_ERR, processes: 0, files: 0, then: reactor\n');
});

describe('the cabal that is used', () => {
  const ask = (env) =>
    node(
      '-e',
      `Object.assign(process.env, ${JSON.stringify(env)});
      require('.').compile(process.argv[1], { cache: false }).then(
        (module) => console.log(module.kind), (error) => console.log(error.name, error.message))`,
      tree(reactor),
    );

  test('is that of HS_WASM_CABAL, if it is set', async () => {
    const { stdout } = await ask({ HS_WASM_CABAL: '/nowhere/cabal' });
    expect(stdout).toMatch(`${ToolchainError.name} HS_WASM_CABAL is /nowhere/cabal, which is no file`);
  });

  test('is that of a foreign compiler, which has flags of its own', async () => {
    const { ghc } = await require('..').toolchain.find();
    const bin = tree({
      'wasm32-wasi-ghc': `#!/bin/sh\nexec '${ghc}' "$@"\n`,
      'wasm32-wasi-ghc-pkg': `#!/bin/sh\nexec '${path.join(path.dirname(ghc), 'wasm32-wasi-ghc-pkg')}' "$@"\n`,
      // As ghc-wasm-meta's: before the command it names its own compiler, which ours must win over.
      'wasm32-wasi-cabal': `#!/bin/sh\necho used >>"\${0%/*}/calls"\nexec "$REAL_CABAL" --with-compiler='${ghc}' "$@"\n`,
    });
    fs.readdirSync(bin).forEach((name) => fs.chmodSync(path.join(bin, name), 0o755));
    const { stdout } = await ask({ HS_WASM_GHC: path.join(bin, 'wasm32-wasi-ghc'), REAL_CABAL: ownCabal() });
    expect(stdout).toBe('reactor\n');
    expect(fs.readFileSync(path.join(bin, 'calls'), 'utf8')).toMatch(/^used/);
  });
});

/** The cabal of this machine, which the tests above have used. */
function ownCabal() {
  const { cacheFolder } = require('../lib/cache.js');
  const tools = path.join(cacheFolder(), 'tools');
  const own = fs.existsSync(tools)
    ? fs.readdirSync(tools).map((name) => path.join(tools, name, 'bin/cabal'))
    : [];
  const inPath = process.env.PATH.split(path.delimiter).map((folder) => path.join(folder, 'cabal'));
  return [process.env.HS_WASM_CABAL, ...inPath, ...own].find((file) => file && fs.existsSync(file));
}
