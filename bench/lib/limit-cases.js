'use strict';
// Calls that would take too long, too much or for ever, and how each has to end.

const { engine } = require('../../__test__/support/engine');
const { fixture } = require('../../__test__/support/fixtures');
const { guest } = require('../../__test__/support/guests');

const TIMEOUT_MS = 10;
const FOREVER_US = 60_000_000;

const limit = (name) => (error) => error instanceof engine.LimitError && error.limit === name;
const aborted = (error) => error.name === 'AbortError' && error.code === 'ABORT_ERR';
const haskell = (pattern) => (error) =>
  error instanceof WebAssembly.RuntimeError && pattern.test(error.message);

const inTime = { timeoutMs: TIMEOUT_MS };
const signal = () => ({ signal: AbortSignal.timeout(TIMEOUT_MS) });

/**
 * `of`: the guest; `call`: its arguments for `instance.call`; `limits`: of the call; `ends`: whether the error is the right one; `kind`:
 * what the guest is doing at the end of its time, if time ends it; `survives`: whether the instance does.
 */
const CASES = [
  { name: 'a loop in Haskell that does not allocate', of: 'computing', call: ['compute', [-1]], kind: 'cpu' },
  {
    name: 'the same, pinned to main',
    of: 'computing',
    call: ['compute', [-1]],
    kind: 'cpu',
    options: { thread: 'main' },
  },
  {
    name: 'the same, on a worker',
    of: 'computing',
    call: ['compute', [-1]],
    kind: 'cpu',
    options: { thread: 'worker' },
  },
  { name: 'a loop in Haskell that allocates', of: 'computing', call: ['sumTo', [2 ** 31 - 1]], kind: 'cpu' },
  { name: 'a loop in a synchronous export', of: 'computing.wat', call: ['spinNow', []], kind: 'cpu' },
  { name: 'a loop of imports', of: 'computing', call: ['chat', [-1, (x) => x]], kind: 'cpu' },
  { name: 'memory.fill of 256 MiB', of: 'bulk.wat', call: ['fill', []], kind: 'cpu' },
  { name: 'memory.copy of 256 MiB', of: 'bulk.wat', call: ['copy', []], kind: 'cpu' },
  { name: 'a wait in poll_oneoff', of: 'waiting.wat', call: ['callAfter', [60_000, () => 1]], kind: 'wait' },
  {
    name: 'a wait in poll_oneoff of a synchronous export',
    of: 'waiting.wat',
    call: ['sleepNow', [60_000]],
    kind: 'wait',
  },
  {
    name: 'a promise that stays pending',
    of: 'computing',
    call: ['wait', [new Promise(() => {})]],
    kind: 'wait',
    survives: 'compute',
  },
  { name: 'threadDelay', of: 'computing', call: ['sleep', [FOREVER_US]], kind: 'wait', survives: 'compute' },
  {
    name: 'a loop, aborted',
    of: 'computing',
    call: ['compute', [-1]],
    kind: 'cpu',
    limits: signal,
    ends: aborted,
  },
  {
    name: 'a wait, aborted',
    of: 'computing',
    call: ['sleep', [FOREVER_US]],
    kind: 'wait',
    limits: signal,
    ends: aborted,
    survives: 'compute',
  },
  {
    name: 'recursion in C',
    of: 'computing.wat',
    call: ['recurse', []],
    limits: () => ({}),
    ends: limit('stack'),
  },
  {
    name: 'recursion in C of a synchronous export',
    of: 'computing.wat',
    call: ['recurseNow', []],
    limits: () => ({}),
    ends: limit('stack'),
  },
  {
    name: 'recursion through JavaScript',
    of: 'computing.wat',
    call: ({ exports }) => {
      const deeper = () => exports.compute(0, deeper);
      return ['compute', [0, deeper]];
    },
    limits: () => ({}),
    ends: (error) => error.code === 'ERR_HS_REENTRY' && /Maximum call stack/.test(error.message),
    survives: 'count',
  },
  {
    name: 'recursion in Haskell',
    of: 'computing',
    call: ['deep', [2 ** 31 - 1]],
    options: { rtsOptions: ['-K4m'] },
    limits: () => ({}),
    ends: haskell(/stack overflow/),
    survives: 'compute',
  },
  {
    name: 'recursion in Haskell beyond memoryLimitBytes',
    of: 'computing',
    call: ['deep', [2 ** 31 - 1]],
    options: { memoryLimitBytes: 2 ** 26, stderr: 'ignore' },
    limits: () => ({}),
    ends: limit('memory'),
  },
  {
    name: 'fuel',
    of: 'computing',
    call: ['compute', [-1]],
    options: { fuel: 1e8 },
    limits: () => ({ fuel: 3e7 }),
    ends: limit('fuel'),
  },
].map((each) => ({ limits: () => inTime, ends: limit('time'), options: {}, survives: false, ...each }));

const inputOf = (name) => (name.endsWith('.wat') ? guest(name.slice(0, -4)) : fixture(name));

/** The module of a case. */
async function moduleOf({ of }) {
  const input = await inputOf(of);
  return typeof input === 'string' ? engine.compile(input) : engine.load(input);
}

/** Runs a case once on a fresh instance of its module: how long after its deadline it ended, in milliseconds. */
async function once(module, { call, limits, ends, options, survives, name }) {
  const instance = await module.instantiate(options);
  const [exported, args] = typeof call === 'function' ? call(instance) : call;
  const start = performance.now();
  let error;
  try {
    await instance.call(exported, args, limits());
  } catch (reason) {
    error = reason;
  }
  const late = performance.now() - start - TIMEOUT_MS;
  if (error === undefined || !ends(error)) {
    throw new Error(`${name}: not the right end`, { cause: error });
  }
  if (survives) {
    await instance.call(survives, [1]);
  } else {
    let closed;
    for (const until = performance.now() + 1000; !closed && performance.now() < until;) {
      closed = await instance
        .call(exported, args, { timeoutMs: 1 })
        .catch((reason) => reason.code === 'ERR_HS_CLOSED' && reason);
    }
    if (!closed?.cause) throw new Error(`${name}: not closed with a cause`, { cause: closed });
  }
  instance.dispose();
  return late;
}

module.exports = { CASES, moduleOf, once };
