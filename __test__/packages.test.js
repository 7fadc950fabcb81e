'use strict';
// Packages of a user's own beside Haskell that is not one: `packages: ['./my-lib']`.

const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { compile, instantiate, run } = require('..');
const { failure } = require('./support');
const { cabal, exported } = require('./support/packages');
const { tree, write } = require('./support/tree');

const library = {
  'my-lib/my-lib.cabal': cabal('my-lib', {
    library: { 'hs-source-dirs': 'src', 'exposed-modules': 'My.Lib', 'build-depends': 'base, containers' },
  }),
  'my-lib/src/My/Lib.hs': 'module My.Lib where\nanswer :: Int\nanswer = 42\n',
};
const main = 'import My.Lib\nmain :: IO ()\nmain = print answer\n';

test('a folder with a .cabal file is built and exposed, again when it changes', async () => {
  const folder = tree({ ...library, 'Main.hs': main });
  const packages = [path.join(folder, 'my-lib')];
  expect((await run(path.join(folder, 'Main.hs'), { packages })).stdout).toBe('42\n');
  write(folder, { 'my-lib/src/My/Lib.hs': 'module My.Lib where\nanswer :: Int\nanswer = 43\n' });
  const seen = [];
  const onProgress = ({ phase }) => seen.push(phase);
  expect((await run(path.join(folder, 'Main.hs'), { packages })).stdout).toBe('43\n');
  expect((await run(path.join(folder, 'Main.hs'), { packages, onProgress })).stdout).toBe('43\n');
  expect(seen).toEqual(['codegen']);
});

test('a relative path is one in the working folder, a URL will do, and names go on meaning installed packages', async () => {
  const folder = tree(library);
  const relative = `./${path.relative(process.cwd(), path.join(folder, 'my-lib'))}`;
  for (const own of [relative, pathToFileURL(path.join(folder, 'my-lib'))]) {
    expect((await run({ source: main }, { packages: [own, 'containers'] })).stdout).toBe('42\n');
  }
});

test('what a package exports to JavaScript is exported', async () => {
  const folder = tree({
    ...library,
    'my-lib/src/My/Lib.hs': `module My.Lib where\n${exported('triple', 'Int -> Int', 'triple = (* 3)')}`,
  });
  const source = `module Main where\nimport My.Lib\n${exported('nine', 'Int', 'nine = triple 3')}`;
  const instance = await instantiate({ source }, { packages: [path.join(folder, 'my-lib')] });
  expect(await instance.exports.nine()).toBe(9);
  expect(await instance.exports.triple(4)).toBe(12);
  await instance.dispose();
});

test('a package can use another, and an input package can use both', async () => {
  const folder = tree({
    ...library,
    'more/more.cabal': cabal('more', {
      library: { 'exposed-modules': 'More', 'build-depends': 'base, my-lib' },
    }),
    'more/More.hs': 'module More where\nimport My.Lib\nmore :: Int\nmore = answer + 1\n',
    'app/app.cabal': cabal('app', {
      'executable app': { 'main-is': 'Main.hs', 'build-depends': 'base, more' },
    }),
    'app/Main.hs': 'import More\nmain :: IO ()\nmain = print more\n',
  });
  const packages = [path.join(folder, 'my-lib'), path.join(folder, 'more')];
  expect((await run({ source: 'import More\nmain = print more\n' }, { packages })).stdout).toBe('43\n');
  expect((await run(path.join(folder, 'app'), { packages })).stdout).toBe('43\n');
});

test('a folder without a package is refused in words', async () => {
  const folder = tree({ 'lib/A.hs': 'module A where\n', 'Main.hs': main });
  const error = await failure(() =>
    compile({ source: main }, { packages: ['text', path.join(folder, 'lib')] }),
  );
  expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
  expect(error.message).toMatch(
    /^compile\.options\.packages\[1\]: expected the folder of a package, with one \.cabal file/,
  );
  const gone = await failure(() => compile({ source: main }, { packages: ['./no-such-folder'] }));
  expect(gone.message).toMatch(/packages\[0\]: .*No such file/);
  const misplaced = await failure(() => compile({ source: main }, { flags: { dev: true } }));
  expect(misplaced.message).toMatch(/^compile\.options\.flags: it is about a \.cabal file/);
});
