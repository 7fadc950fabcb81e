// `npm run bench:exit -- [runs]`: how long a process takes to end while Haskell computes or waits, from the moment at which
// the end begins (`process.exit()`, an uncaught error, a signal; `natural`: the last call has settled) until the process is
// gone. Also for a process in which Haskell is idle, which shows what Node itself takes. In milliseconds: median, worst.
import { endOf, ends, works } from '../__test__/support/endings.mjs';

const TARGET_MS = 300;

const runs = Number(process.argv[2] ?? 10);
const median = (sorted) => sorted[sorted.length >> 1];
let worst = 0;

async function measure(work, end) {
  const times = [];
  for (let n = 0; n < runs; n += 1) {
    times.push(await endOf(work, end));
  }
  times.sort((a, b) => a - b);
  worst = Math.max(worst, times.at(-1));
  return `${median(times).toFixed(0)}, ${times.at(-1).toFixed(0)}`;
}

const table = {};
for (const end of Object.keys(ends)) {
  table[end] = {};
  for (const work of works) {
    table[end][work] = await measure(work, end);
  }
}
console.log(`Node ${process.versions.node}, ${runs} runs each; median, worst in ms`);
console.table(table);
console.log(`worst of all: ${worst.toFixed(0)} ms (target: ${TARGET_MS} ms)`);
process.exitCode = worst > TARGET_MS ? 1 : 0;
