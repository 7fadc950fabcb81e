'use strict';
// `npm run bench:limits`: each kind of runaway call a thousand times; how long after its deadline it ended, what that left in
// memory, and whether a neighbour noticed. And what counting fuel costs.

const { setImmediate } = require('node:timers/promises');
const { engine } = require('../__test__/support/engine');
const { fixture } = require('../__test__/support/fixtures');
const { CASES, moduleOf, once } = require('./lib/limit-cases');
const { claim, ms, percentile } = require('./lib/figures');

const TIMES = Number(process.argv[2] ?? 1000);
const ONLY = process.argv[3] ?? '';
const ALLOWED_MS = { cpu: 30, wait: 5 };
/** How much each half of the rounds may leave, in MiB. What leaks does so in both; what an allocator keeps, it keeps once. */
const ALLOWED_MIB = 16;
/** Rounds until allocators have what they want; V8's young generation grows to its 32 MiB in the meantime. */
const WARM_UP = Math.min(200, TIMES);

/** The resident memory in MiB, without what a collection frees and what its finalizers free after it. */
async function resident() {
  for (let turn = 0; turn < 3; turn += 1) {
    globalThis.gc?.();
    await setImmediate();
  }
  return process.memoryUsage.rss() / 2 ** 20;
}

async function repeat(each, neighbour) {
  const module = await moduleOf(each);
  const late = [];
  const sizes = [];
  for (let round = 0; round < WARM_UP + TIMES; round += 1) {
    if (round === WARM_UP || round === WARM_UP + Math.floor(TIMES / 2)) {
      sizes.push(await resident());
    }
    const overrun = await once(module, each);
    if (round >= WARM_UP) late.push(overrun);
    if ((await neighbour.exports.compute(3)) !== neighbour.three)
      throw new Error(`${each.name}: the neighbour noticed`);
  }
  const [before, middle, after] = [...sizes, await resident()];
  const grown = [middle - before, after - middle];
  const left = `${grown.map((half) => half.toFixed(0)).join(' and ')} MiB more`;
  const figures = `${TIMES} times, p50 ${ms(percentile(late, 0.5))}, p99 ${ms(percentile(late, 0.99))} late, ${left}`;
  const allowed = ALLOWED_MS[each.kind];
  const holds =
    Math.min(...grown) < ALLOWED_MIB && (allowed === undefined || percentile(late, 0.99) < allowed);
  claim(each.name, holds, allowed === undefined ? `${TIMES} times, ${left}` : figures);
}

async function fuelCosts() {
  const took = [];
  for (const fuel of [undefined, Number.MAX_SAFE_INTEGER]) {
    const { exports, dispose } = await engine.instantiate(fixture('computing'), { fuel, thread: 'main' });
    const times = [];
    for (let round = 0; round < 7; round += 1) {
      const start = performance.now();
      await exports.sumTo(1_000_000);
      times.push(performance.now() - start);
    }
    took.push(percentile(times, 0.5));
    dispose();
  }
  console.log(
    `     counting fuel: ${ms(took[1])} against ${ms(took[0])}, ${(took[1] / took[0]).toFixed(2)}×`,
  );
}

async function all() {
  const neighbour = await engine.instantiate(fixture('computing'));
  neighbour.three = await neighbour.exports.compute(3);
  for (const each of CASES.filter(({ name }) => name.includes(ONLY))) await repeat(each, neighbour);
  neighbour.dispose();
  await fuelCosts();
}

all();
