// Runs a module with a glue: `node --expose-gc glue-runs.mjs <wasm> <glue> [run.mjs]`, with a post-linked one on V8 and
// node:wasi, with one made by --no-eval on hs-wasm.
// Prints what came of calling each export with a few arguments, an instance for each export; or runs the `run.mjs` of a
// conformance fixture. Whoever compares two glues compares what is printed.
import fs from 'node:fs';
import { devNull } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { WASI } from 'node:wasi';
import engine from '../../index.js';

const [, , wasm, glue, driver] = process.argv;
const { default: made } = await import(pathToFileURL(glue));
const module = await WebAssembly.compile(fs.readFileSync(wasm));

const empty = fs.openSync(devNull);

const samples = [
  [0, 'text', 'λ'],
  [1, 2n, (x) => x],
  [5, Promise.resolve(3), null],
  ['7', { n: 1 }, Promise.reject(new RangeError('no'))],
];
for (const value of samples.flat()) value?.catch?.(() => {});

// What nobody awaits may fail: the calls tell what came of it.
process.on('unhandledRejection', () => {});
process.on('uncaughtException', () => {});

const instance = typeof made === 'function' ? onV8 : onHsWasm;

async function onHsWasm() {
  const { rawExports } = await engine.instantiate(wasm, { glue: made });
  return rawExports;
}

async function onV8() {
  const exports = {};
  const wasi = new WASI({ version: 'preview1', args: ['main'], stdin: empty });
  wasi.wasiImport.proc_exit = (code) => {
    throw new Error(`exit ${code}`);
  };
  const started = await WebAssembly.instantiate(module, {
    ...wasi.getImportObject(),
    ghc_wasm_jsffi: made(exports),
  });
  Object.assign(exports, started.exports);
  wasi.initialize(started);
  return exports;
}

// The glue's place is in stacks and messages. Which numbers JSVals have is the glue's own affair.
Error.stackTraceLimit = 0;
const shown = (value) => inspect(value, { depth: 1 });
const failed = (error) =>
  `${error} ${inspect(error?.haskell)}`.replaceAll(glue, 'glue').replace(/(JSVal)\(\d+\)/, '$1(key)');

/** Many turns of the event loop: on a busy machine they take as much longer as everything else. */
async function turns() {
  for (let turn = 0; turn < 20; turn += 1) {
    await sleep(5);
  }
  return 'pending';
}

async function outcome(call) {
  try {
    const result = call();
    return typeof result?.then === 'function'
      ? `resolved ${shown(await Promise.race([result, turns()]))}`
      : `returned ${shown(result)}`;
  } catch (error) {
    return `failed ${failed(error)}`;
  }
}

const isUsers = (name) => !/^(rts_|ghczuwasmzujsffi|_initialize$|hs_exit$|memory$|__)/.test(name);

if (driver) {
  const { default: run } = await import(pathToFileURL(driver));
  const exports = await instance();
  await run({ exports, rawExports: exports });
} else {
  for (const { name, kind } of WebAssembly.Module.exports(module)) {
    if (kind !== 'function' || !isUsers(name)) continue;
    const exports = await instance();
    for (const args of samples) {
      console.log(name, shown(args), await outcome(() => exports[name](...args)));
    }
  }
  process.exit();
}
