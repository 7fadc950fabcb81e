'use strict';
/**
 * The same work on hs-wasm and on V8, by turns in one run.
 *
 *   npm run bench                 everything, as a table
 *   npm run bench -- --only fib   what has that in its group or title
 *   npm run bench -- --json       as JSON
 *   npm run bench -- --write      also into docs/benchmarks.md, its chart and bench/baseline.json
 *   npm run bench:check           compares with bench/baseline.json, exits with 1 if a ratio is 20 % above it
 */

const { parseArgs } = require('node:util');
const { ENGINES, prepare } = require('./engines.js');
const { byTurns, nanoseconds } = require('./measure.js');
const { check, table, write } = require('./report.js');

const WORKS = ['compute', 'bridge', 'start'].flatMap((group) => require(`./works/${group}.js`));
const NAMES = Object.keys(ENGINES);

const OPTIONS = {
  only: { type: 'string', default: '' },
  rounds: { type: 'string', default: '9' },
  json: { type: 'boolean' },
  write: { type: 'boolean' },
  check: { type: 'boolean' },
};

async function main() {
  const { values } = parseArgs({ options: OPTIONS });
  const works = WORKS.filter(({ group, title }) => `${group} ${title}`.includes(values.only));
  if (works.length === 0) {
    throw new Error(
      `nothing is called ${values.only}; there are ${WORKS.map(({ title }) => title).join('; ')}`,
    );
  }
  const results = [];
  for (const work of works) {
    results.push(await measured(work, Number(values.rounds)));
    if (!values.json) process.stderr.write('.');
  }
  if (!values.json) process.stderr.write('\n');
  console.log(values.json ? JSON.stringify(results, null, 2) : table(results));
  if (values.write) await write(results);
  return values.check ? check(results) : 0;
}

/** The medians of one work for both engines, for one of what it counts. */
async function measured({ group, title, file, options, count, run, measure, unit = 'time', target }, rounds) {
  const prepared = await prepare(file, options);
  const made = {};
  for (const name of NAMES) {
    made[name] = run && (await ENGINES[name].instantiate(prepared));
  }
  const once = measure
    ? (name) => measure(name, prepared)
    : (name) => nanoseconds(() => run(made[name].exports));
  const medians = await byTurns(NAMES, once, rounds);
  await Promise.all(Object.values(made).map((each) => each?.dispose()));
  const [ours, theirs] = NAMES.map((name) => medians[name] / count);
  return { group, title, unit, ours, theirs, ratio: medians.ratio, target };
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    console.error(error);
    process.exitCode = 1;
  },
);
