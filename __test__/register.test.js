'use strict';
// `node --import hs-wasm/register`: `.hs` files are imported and required like JavaScript.

const { ours } = require('./support');
const { nodeIn } = require('./support/process');
const { userProject, HASKELL, WRONG } = require('./support/user-project');

/** Runs a program in a project with the given files: its output, or its error's text. */
async function outcome(files, program, name = 'app.mjs', flag = '--import') {
  const { folder } = userProject({ ...files, [name]: program });
  const { code, stdout, stderr } = await nodeIn(folder, flag, 'hs-wasm/register', name);
  return { code, stdout: stdout.replaceAll(`${folder}/`, ''), stderr: stderr.replaceAll(`${folder}/`, '') };
}

const said = (...lines) => ({ code: 0, stdout: lines.map((line) => `${line}\n`).join(''), stderr: '' });

ours('import names the exports of the file, and default has them all', async () => {
  const program = `import all, { answer, add } from './Answer.hs';
console.log(await answer(1), add(1, 2), Object.keys(all).sort().join());
`;
  expect(await outcome(HASKELL, program)).toEqual(said('43 3 add,answer,boom'));
});

ours('require gives the exports, with or without the extension', async () => {
  const program = `const { answer } = require('./Answer.hs');
console.log(require('./Answer').answer === answer);
answer(1).then(console.log);
`;
  for (const flag of ['--import', '--require']) {
    expect(await outcome(HASKELL, program, 'app.cjs', flag)).toEqual(said('true', '43'));
  }
});

ours('import and require share an instance; a query makes another', async () => {
  const counter = `module Counter where
import Data.IORef
import System.IO.Unsafe (unsafePerformIO)

counter :: IORef Int
counter = unsafePerformIO (newIORef 0)
{-# NOINLINE counter #-}

foreign export javascript "count" count :: IO Int
count :: IO Int
count = atomicModifyIORef' counter (\\n -> (n + 1, n + 1))
`;
  const program = `import { createRequire } from 'node:module';
import { count } from './Counter.hs';
import { count as own } from './Counter.hs?own';
const { count: required } = createRequire(import.meta.url)('./Counter.hs');
console.log(await count(), await required(), await own());
`;
  expect(await outcome({ 'Counter.hs': counter }, program)).toEqual(said('1 2 1'));
});

ours('literate files are imported too', async () => {
  const literate = `> module Twice where
> foreign export javascript "twice" twice :: Int -> Int
> twice :: Int -> Int
> twice = (* 2)
`;
  const program = `import { twice } from './Twice.lhs';\nconsole.log(await twice(21));\n`;
  expect(await outcome({ 'Twice.lhs': literate }, program)).toEqual(said('42'));
});

ours('an export may be named by a reserved word', async () => {
  const odd = `module Odd where
foreign export javascript "delete" one :: Int
one :: Int
one = 1
`;
  const program = `import { delete as one } from './Odd.hs';
console.log(await one());
`;
  expect(await outcome({ 'Odd.hs': odd }, program)).toEqual(said('1'));
});

ours.each([
  ['import()', `await import('./Wrong.hs')`],
  ['a static import of a name', `await import('./importer.mjs')`],
  ['require', `(await import('node:module')).createRequire(import.meta.url)('./Wrong.hs')`],
])('what GHC refuses is a CompileError for %s', async (_, expression) => {
  const program = `import { CompileError } from 'hs-wasm';
try {
  ${expression};
} catch (error) {
  console.log(error instanceof CompileError, error.code, error.diagnostics.length);
  console.log(error.stack);
}
`;
  const files = { 'Wrong.hs': WRONG, 'importer.mjs': `import { wrong } from './Wrong.hs';\nwrong(1);\n` };
  const { code, stdout } = await outcome(files, program);
  expect({ code, first: stdout.split('\n')[0] }).toEqual({ code: 0, first: 'true ERR_HS_COMPILE 2' });
  expect(stdout).toMatch(/^CompileError \[ERR_HS_COMPILE\]: Wrong\.hs:5:11: error: \[GHC-83865\]$/m);
  expect(stdout).toMatch(/^Wrong\.hs:8:9: error: \[GHC-83865\]$/m);
});

ours('a program with a main is refused with advice', async () => {
  const { code, stderr } = await outcome(
    { 'Main.hs': 'main :: IO ()\nmain = putStrLn "hello"\n' },
    `import './Main.hs';`,
  );
  expect(code).toBe(1);
  expect(stderr).toContain('[ERR_HS_MISSING_EXPORT]: importing needs a library of exports');
  expect(stderr).toContain('call run()');
});

ours('other files are loaded as ever', async () => {
  const files = { 'data.json': '{ "answer": 42 }', 'other.cjs': 'module.exports = { other: 1 };' };
  const program = `import other from './other.cjs';
import data from './data.json' with { type: 'json' };
console.log(data.answer, other.other);
`;
  expect(await outcome(files, program)).toEqual(said('42 1'));
});
