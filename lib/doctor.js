'use strict';
/** What there is, whether it works, and how to mend it: the findings of `toolchain.doctor()`. */

const fs = require('node:fs');
const path = require('node:path');
const { compileModule } = require('./compiler.js');
const { cacheFolder } = require('./cache.js');
const { binding, unwrap } = require('./native.js');
const { compileOptions, instanceOptions } = require('./options.js');

/** The places, as users call them. */
const PLACES = {
  environment: 'HS_WASM_GHC',
  path: 'PATH',
  'ghc-wasm-meta': '~/.ghc-wasm',
  ghcup: 'ghcup',
  own: 'installed by hs-wasm',
};

const GET_ONE =
  'install one with `hs-wasm toolchain install` (toolchain.install()), or set HS_WASM_GHC to the path of a wasm32-wasi-ghc';

const COMMAND = 'main :: IO ()\nmain = putStrLn "hello"\n';

const REACTOR = `module Reactor where

foreign import javascript safe "new Promise(resolve => setTimeout(resolve, 1, $1 * 2))" double :: Int -> IO Int

foreign export javascript "twice" twice :: Int -> IO Int
twice :: Int -> IO Int
twice = double
`;

async function doctor() {
  const checks = [];
  const check = async (name, body, fix) => {
    try {
      checks.push({ name, ok: true, message: await body() });
    } catch (error) {
      checks.push({ name, ok: false, message: error.message, fix });
    }
    return checks.at(-1).ok;
  };
  await check('cache', cache, 'set HS_WASM_CACHE to a folder that can be written');
  const findings = unwrap(await binding.surveyToolchains());
  const used = findings.find(({ version, problem }) => version ?? problem);
  // What was come across and does not work is passed over, if there is another.
  const isHarmless = ({ origin }) => origin !== 'environment' && findings.some(({ version }) => version);
  for (const finding of findings) {
    checks.push(place(finding, finding.problem === null || isHarmless(finding)));
  }
  const isFound = await check('compiler', compiler, GET_ONE);
  if (!isFound) {
    await check(
      'install',
      apt,
      'on another machine, `hs-wasm toolchain pack` makes an archive for install --from',
    );
    return checks;
  }
  const mend =
    used?.origin === 'own'
      ? 'remove it with `hs-wasm toolchain remove`, and install it again'
      : 'mend that compiler, or take it out of the way: then `hs-wasm toolchain install` gives one that is proven';
  await check('command', command, mend);
  await check('reactor', reactor, mend);
  return checks;
}

function cache() {
  const folder = cacheFolder();
  let existing = folder;
  while (!fs.existsSync(existing)) {
    existing = path.dirname(existing);
  }
  fs.accessSync(existing, fs.constants.W_OK);
  return `${folder} can be written`;
}

/** A finding of one place. */
function place({ origin, lookedAt, ghc, version, problem }, ok) {
  const name = PLACES[origin];
  if (problem !== null) {
    const fix = 'mend it, remove it, or set HS_WASM_GHC to another';
    return { name, ok, message: `cannot be used: ${problem}`, fix };
  }
  const nothing = lookedAt === null ? 'not set' : `no wasm32-wasi-ghc in ${lookedAt}`;
  return { name, ok, message: ghc === null ? nothing : `GHC ${version}: ${ghc}` };
}

async function compiler() {
  const { version, source, ghc } = unwrap(await binding.findToolchain(undefined));
  return `GHC ${version} is used (${PLACES[source]}): ${ghc}`;
}

function apt() {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const missing = ['apt-get', 'dpkg-deb', 'bash'].filter(
    (name) => !folders.some((folder) => fs.existsSync(path.join(folder, name))),
  );
  if (missing.length > 0) {
    throw new Error(`hs-wasm cannot build a compiler on this machine: there is no ${missing.join(', ')}`);
  }
  return 'hs-wasm can build a compiler on this machine from packages that apt fetches';
}

/** A module of this source, not from the cache: the compiler shall show that it works. */
const fresh = (source) => compileModule(compileOptions({ source }, { cache: false }));

async function command() {
  const { exitCode, stdout, stderr } = await (await fresh(COMMAND)).run();
  if (exitCode !== 0 || stdout !== 'hello\n') {
    throw new Error(
      `a program that prints hello printed ${JSON.stringify(stdout + stderr)} and ended with ${exitCode}`,
    );
  }
  return 'a program with a main compiles and runs';
}

async function reactor() {
  const module = await fresh(REACTOR);
  const instance = await module.instantiateChecked(instanceOptions({}));
  try {
    const result = await instance.exports.twice(21);
    if (result !== 42) {
      throw new Error(`twice 21 should be 42 and is ${result}`);
    }
  } finally {
    await instance.dispose();
  }
  return `Haskell calls JavaScript and is called by it (JSFFI of the ABI ${module.abi})`;
}

module.exports = { doctor };
