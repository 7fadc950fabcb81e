// A worker thread for the hazards: does what `workerData.task` says, and says `under way` when it has begun.
import { parentPort, workerData } from 'node:worker_threads';
import guests from './guests.js';
import { engine, fixture, instance } from './hazard.mjs';

/* oxlint-disable unicorn/require-post-message-target-origin -- a port between threads has no origin */
const underWay = () => parentPort.postMessage('under way');

/** Enough code for a compiler to be busy for a while: GHC's runtime. */
const large = async () => (await engine.compile(fixture('delays'))).wasm;

const TASKS = {
  /** Nothing but loading the package. */
  load: underWay,
  async call() {
    const { exports } = await instance('delays');
    if ((await exports.sleepers(3, 1)) !== 3) throw new Error('3 sleepers were to wake up');
    underWay();
  },
  async idle() {
    const { exports } = await instance('delays');
    await exports.sleepers(1, 1);
    underWay();
    setInterval(() => {}, 1000);
  },
  async computing() {
    const { exports } = await instance('delays');
    exports.ticksWhile(100_000_000);
    setTimeout(underWay, 20);
  },
  async waiting() {
    const { exports } = await instance('delays');
    exports.sleepers(10, 600_000);
    setTimeout(underWay, 20);
  },
  /** JavaScript holds views of the guest's memory, and uses them to the last. */
  async memory() {
    const made = await instance('delays');
    made.exports.ticksWhile(100_000_000);
    globalThis.held = new Uint8Array(made.memory.buffer);
    setInterval(() => (globalThis.sum = new Uint8Array(made.memory.buffer).at(-1)), 0);
    setTimeout(underWay, 20);
  },
  async commands() {
    const module = await engine.load(await guests.guest('endless'));
    for (const args of [[], [], ['sleep'], ['sleep']]) module.run({ args });
    setTimeout(underWay, 20);
  },
  async cranelift() {
    const wasm = await large();
    engine.load(wasm, { cache: false }).then(underWay);
    setTimeout(underWay, 20);
  },
  async ghc() {
    const source =
      'module M where\nforeign export javascript "f" f :: Int -> Int\nf :: Int -> Int\nf = (+ 1)\n';
    setTimeout(underWay, 100);
    await engine.compile({ source }, { cache: false });
  },
  async exit() {
    const { exports } = await instance('import-safety');
    await exports.viaUnsafe(() => process.exit(3));
  },
  async throw() {
    const { exports } = await instance('delays');
    exports.ticksWhile(100_000_000);
    setTimeout(() => {
      throw new Error('thrown');
    }, 20);
  },
  /** Makes and drops instances. */
  async churn() {
    const module = await engine.compile(fixture('state'));
    for (let n = 0; n < workerData.count; n += 1) {
      const made = await module.instantiate();
      await made.exports.add(1);
      // Half of them are left to the garbage collector.
      if (n % 2) made.dispose();
    }
    underWay();
  },
};

await TASKS[workerData.task]();
