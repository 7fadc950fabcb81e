// ours
// V8 and wasmtime both learn of traps by signals of the process. In turns, in four threads, whoever came first: each gets its
// own, and a fault that is neither's still ends the process.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import guests from '../support/guests.js';
import { assert, engine, pass } from '../support/hazard.mjs';

/** Of each thread: 10,000 traps altogether. */
const ROUNDS = 320;
/** An overflow takes its time, in both engines. */
const ROUNDS_PER_OVERFLOW = 20;
const TRAPS = {
  unreachable: 'UnreachableCodeReached',
  outOfBounds: 'MemoryOutOfBounds',
  divideByZero: 'IntegerDivisionByZero',
  overflow: 'StackOverflow',
};

const wasm = await guests.guest('traps');

function inV8(name) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm));
  assert.throws(exports[name], name === 'overflow' ? RangeError : WebAssembly.RuntimeError);
}

let module;
async function inWasmtime(name) {
  module ??= await engine.load(wasm);
  const { exports, dispose } = await module.instantiate();
  try {
    exports[name]();
    assert.fail('a trap was expected');
  } catch (error) {
    assert.ok(error instanceof engine.TrapError || error instanceof engine.LimitError, error);
    if (error instanceof engine.TrapError) assert.equal(error.trap, TRAPS[name]);
  }
  dispose();
}

async function inTurns(order) {
  for (let n = 0; n < ROUNDS; n += 1) {
    const name = n % ROUNDS_PER_OVERFLOW === 0 ? 'overflow' : Object.keys(TRAPS)[n % 3];
    for (const trap of order) await trap(name);
  }
}

const ORDERS = { v8First: [inV8, inWasmtime], wasmtimeFirst: [inWasmtime, inV8] };

const [, self, order, fault] = process.argv;
if (!isMainThread) {
  await inTurns(ORDERS[workerData]);
} else if (order) {
  const workers = [1, 2, 3].map(() => new Worker(self, { workerData: order }));
  const ends = workers.map((worker) => once(worker, 'exit'));
  await inTurns(ORDERS[order]);
  assert.deepEqual(await Promise.all(ends), [[0], [0], [0]]);
  if (fault) process.kill(process.pid, 'SIGSEGV');
} else {
  for (const each of Object.keys(ORDERS)) {
    for (const last of ['', 'fault']) {
      const args = [fileURLToPath(import.meta.url), each, last];
      const child = execFile(process.execPath, args, (_error, _stdout, stderr) =>
        process.stderr.write(stderr),
      );
      assert.deepEqual(await once(child, 'exit'), last ? [null, 'SIGSEGV'] : [0, null]);
    }
  }
  pass();
}
