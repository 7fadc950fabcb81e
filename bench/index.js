'use strict';
/**
 * The same work on hs-wasm and on V8, by turns in one run.
 *
 *   npm run bench                 everything, as a table
 *   npm run bench -- --only fib   what has that in its group or title; --without 20 all but that
 *   npm run bench -- --json       as JSON
 *   npm run bench -- --write      also into docs/benchmarks.md, its chart and bench/baseline.json
 *   npm run bench:check           compares with bench/baseline.json, exits with 1 if a ratio is 20 % above it
 */

const { parseArgs } = require('node:util');
const { ENGINES, prepare } = require('./engines.js');
const { byTurns, nanoseconds } = require('./measure.js');
const { check, table, write } = require('./report.js');

const WORKS = ['compute', 'bridge', 'start', 'instances'].flatMap((group) => require(`./works/${group}.js`));
const NAMES = Object.keys(ENGINES);

const OPTIONS = {
  only: { type: 'string', default: '' },
  without: { type: 'string' },
  rounds: { type: 'string', default: '9' },
  json: { type: 'boolean' },
  write: { type: 'boolean' },
  check: { type: 'boolean' },
};

async function main() {
  const { values } = parseArgs({ options: OPTIONS });
  const { only, without } = values;
  const names = WORKS.map(({ group, title }) => `${group} ${title}`);
  const works = WORKS.filter(
    (_, place) => names[place].includes(only) && !(without && names[place].includes(without)),
  );
  if (works.length === 0) {
    throw new Error(`nothing is called ${only}; there are ${WORKS.map(({ title }) => title).join('; ')}`);
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
async function measured(work, mostRounds) {
  const { group, title, file, options, count = 1, run, measure, unit = 'time', target } = work;
  const prepared = await prepare(file, options);
  const made = Object.fromEntries(NAMES.map((name) => [name, []]));
  for (const name of NAMES) {
    for (let left = run ? (work.instances ?? 1) : 0; left > 0; left -= 1) {
      made[name].push(await ENGINES[name].instantiate(prepared));
    }
  }
  const once = measure
    ? (name) => measure(name, prepared)
    : (name) => nanoseconds(() => Promise.all(made[name].map(({ exports }) => run(exports))));
  const medians = await byTurns(NAMES, once, Math.min(mostRounds, work.rounds ?? mostRounds));
  await Promise.all(Object.values(made).flatMap((instances) => instances.map((each) => each.dispose())));
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
