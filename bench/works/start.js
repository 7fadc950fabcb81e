'use strict';
/** Starting: processes, further instances, and what an instance weighs. Each measurement is a process of its own. */

const { execFile } = require('node:child_process');
const path = require('node:path');
const { promisify } = require('node:util');
const { ENGINES } = require('../engines.js');
const { nanoseconds } = require('../measure.js');

const run = promisify(execFile);
const child = path.join(__dirname, '..', 'start-child.js');
const bridge = path.join(__dirname, '..', 'haskell', 'Bridge.hs');

/** What the child says, run for `engine` in a fresh process. */
async function said(engine, what, { wasm, glue }) {
  const { stdout } = await run(process.execPath, [
    '--no-warnings',
    '--expose-gc',
    child,
    what,
    engine,
    wasm,
    glue,
  ]);
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

const base = { group: 'start', file: bridge, options: { optimize: 2 }, count: 1 };

module.exports = [
  { ...base, title: 'process start to first result, 1 MB', target: 0.5, measure: wholeProcess },
  { ...base, title: 'further instance of a loaded module', target: 0.3, measure: furtherInstance },
  {
    ...base,
    title: 'further instance, preinitialized',
    options: { ...base.options, preinitialize: true },
    target: 0.3,
    measure: furtherInstance,
  },
  {
    ...base,
    title: 'memory per further instance',
    unit: 'bytes',
    target: 0.5,
    measure: async (engine, prepared) => (await said(engine, 'memory', prepared)).bytes,
  },
];
