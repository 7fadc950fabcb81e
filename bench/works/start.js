'use strict';
/** Starting: processes, modules, further instances, and what an instance weighs. Most measurements are processes of their own. */

const { execFile } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');
const { ENGINES } = require('../engines.js');
const { nanoseconds } = require('../measure.js');

const run = promisify(execFile);
const child = path.join(__dirname, '..', 'start-child.js');

/** A module of bench/haskell, with the packages it needs. */
const source = (name, ...packages) => ({
  group: 'start',
  file: path.join(__dirname, '..', 'haskell', `${name}.hs`),
  options: { packages, optimize: 2 },
});
const MODULES = {
  '1 MB': source('Bridge'),
  '5 MB': source('Medium', 'Cabal', 'Cabal-syntax'),
  '20 MB': source('Large', 'Cabal', 'Cabal-syntax', 'template-haskell', 'text', 'time'),
};
/** What takes longer is done less often. */
const FEW = 5;

/** What the child says, run for `engine` in a fresh process. */
async function said(engine, what, { wasm, glue }, more = {}) {
  // Reading certificates takes Node longer than all that is measured.
  const { NODE_EXTRA_CA_CERTS: _, ...usual } = process.env;
  const env = { ...usual, ...more };
  const args = ['--no-warnings', '--expose-gc', child, what, engine, wasm, glue];
  const { stdout } = await run(process.execPath, args, { env });
  return JSON.parse(stdout);
}

/** Wall time of a whole process, without that of a Node that does nothing. */
async function wholeProcess(engine, prepared) {
  const whole = await nanoseconds(() => said(engine, 'call', prepared));
  const empty = await nanoseconds(() => said(engine, 'nothing', prepared));
  return Math.max(1, whole - empty);
}

function furtherInstance(engine, prepared) {
  return nanoseconds(async () => {
    const { dispose } = await ENGINES[engine].instantiate(prepared);
    await dispose();
  });
}

/** From loading to the first result, on a machine that has never seen the module. */
const firstLoad = (more) => async (engine, prepared) => {
  const cache = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-bench-'));
  const env = { HS_WASM_CACHE: cache, ...more };
  try {
    return (await said(engine, 'result', prepared, env)).ns;
  } finally {
    fs.rmSync(cache, { recursive: true });
  }
};

const loadOf = (size) => ({
  ...MODULES[size],
  title: `load of a module of ${size}`,
  rounds: FEW,
  measure: async (engine, prepared) => (await said(engine, 'load', prepared)).ns,
});

module.exports = [
  {
    ...MODULES['1 MB'],
    title: 'process start to first result, 1 MB',
    target: 0.5,
    measure: wholeProcess,
  },
  {
    ...MODULES['20 MB'],
    title: 'process start to first result, 20 MB',
    target: 0.15,
    rounds: FEW,
    measure: wholeProcess,
  },
  ...Object.keys(MODULES).map(loadOf),
  {
    ...MODULES['1 MB'],
    title: 'first load ever of a module of 1 MB, and a call',
    target: 6,
    rounds: FEW,
    measure: firstLoad({}),
  },
  {
    ...MODULES['1 MB'],
    title: "the same with tier: 'optimized'",
    rounds: FEW,
    measure: firstLoad({ HS_WASM_TIER: 'optimized' }),
  },
  {
    ...MODULES['1 MB'],
    title: 'further instance of a loaded module',
    target: 0.3,
    measure: furtherInstance,
  },
  {
    ...MODULES['1 MB'],
    title: 'further instance, preinitialized',
    options: { ...MODULES['1 MB'].options, preinitialize: true },
    target: 0.3,
    measure: furtherInstance,
  },
  {
    ...MODULES['1 MB'],
    title: 'memory per further instance',
    unit: 'bytes',
    target: 0.5,
    measure: async (engine, prepared) => (await said(engine, 'memory', prepared)).bytes,
  },
];
