// A process that ends while Haskell has something to do: `node ending.mjs <work> <end>`, for `endings.mjs`.
// Says `ending` when all work is under way and the end begins.
import guests from './guests.js';
import { engine, instance, sleep } from './hazard.mjs';

const [work, end] = process.argv.slice(2);
const COUNT = 8;

const stop = new AbortController();
const instances = [];
const settled = [];

/** Haskell's own work, on the event loop's thread or on another. */
async function calls(method, ...args) {
  for (let n = 0; n < 2; n += 1) {
    const made = await instance('delays');
    instances.push(made);
    settled.push(made.exports[method](...args).catch(() => {}));
  }
}

/** Commands, on other threads. */
async function runs(args) {
  const module = await engine.load(await guests.guest('endless'));
  for (let n = 0; n < COUNT; n += 1) {
    settled.push(module.run({ args, signal: stop.signal }).catch(() => {}));
  }
}

const WORK = {
  async idle() {
    const { exports } = await instance('callbacks');
    globalThis.callback = await exports.counter(1);
    await globalThis.callback();
  },
  async computing() {
    await runs([]);
    await calls('ticksWhile', 100_000_000);
  },
  async waiting() {
    await runs(['sleep']);
    await calls('sleepers', 10, 600_000);
  },
};

const fail = () => {
  throw new Error('thrown');
};

const END = {
  exit: () => process.exit(3),
  async exitInSnippet() {
    const { exports } = await instance('import-safety');
    await exports.viaUnsafe(() => begin(() => process.exit(3)));
  },
  async exitInCallback() {
    const { exports } = await instance('import-safety');
    await exports.viaSafe(() => begin(() => process.exit(3)));
  },
  throwInTimer: () => setTimeout(fail),
  async throwInSnippet() {
    // In a thread that nobody waits for.
    const { exports } = await instance('failures');
    await exports.callSyncAfter(
      () => sleep(1),
      () => begin(fail),
    );
  },
  reject: () => void Promise.reject(new Error('thrown')),
  signal: () => setInterval(() => {}, 1000),
  /** Everything is let go; `ending` is said when all calls have settled. */
  async natural() {
    stop.abort();
    instances.forEach((each) => each.dispose());
    await Promise.all(settled);
    begin(() => {});
  },
};

function begin(then) {
  console.log('ending');
  then();
}

await WORK[work]();
await sleep(20);
if (['exit', 'throwInTimer', 'reject', 'signal'].includes(end)) begin(END[end]);
else await END[end]();
