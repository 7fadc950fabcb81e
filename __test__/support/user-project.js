'use strict';
// A project of a user's in a folder of its own, in which hs-wasm is installed.

const fs = require('node:fs');
const path = require('node:path');
const { project } = require('./project');

const root = path.join(__dirname, '..', '..');

/** Makes hs-wasm, and those of our own dependencies that are named, packages of the project in `folder`. */
function link(folder, dependencies) {
  const modules = path.join(folder, 'node_modules');
  fs.mkdirSync(modules);
  fs.symlinkSync(root, path.join(modules, 'hs-wasm'), 'dir');
  for (const name of dependencies) {
    fs.mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
    fs.symlinkSync(path.join(root, 'node_modules', name), path.join(modules, name), 'dir');
  }
}

/**
 * A project with the given files, removed after the test: `{ folder, at(name), write(name, text) }`. Of our own dependencies it
 * has those that are named.
 */
function userProject(files, dependencies = []) {
  const folder = project({ 'package.json': '{ "name": "project", "private": true }', ...files });
  link(folder, dependencies);
  const at = (name) => path.join(folder, name);
  const write = (name, text) => {
    fs.mkdirSync(path.dirname(at(name)), { recursive: true });
    fs.writeFileSync(at(name), text);
  };
  return { folder, at, write };
}

/** Haskell that exports `answer`, of which `Lib.hs` has the number, the C export `add`, and `boom`, which fails. */
const HASKELL = {
  'Answer.hs': `module Answer where
import Lib (number)

foreign export javascript "answer" answer :: Int -> IO Int
answer :: Int -> IO Int
answer n = pure (number + n)

foreign export ccall add :: Int -> Int -> Int
add :: Int -> Int -> Int
add = (+)

foreign export javascript "boom" boom :: IO Int
boom :: IO Int
boom = ioError (userError "boom")
`,
  'Lib.hs': lib(42),
};

/** The text of `Lib.hs`. */
function lib(number) {
  return `module Lib where\n\nnumber :: Int\nnumber = ${number}\n`;
}

/** Haskell with two errors. */
const WRONG = `module Wrong where

foreign export javascript "wrong" wrong :: Int -> Int
wrong :: Int -> Int
wrong n = "text"

other :: Int
other = True
`;

module.exports = { link, userProject, HASKELL, WRONG, lib };
