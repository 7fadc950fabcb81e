'use strict';
/** Runs a program or calls an export, and writes what it computed and what was on its heap. */

const fs = require('node:fs/promises');
const path = require('node:path');
const flags = require('../compile-flags.js');
const { argumentsOf, exportOf } = require('../export.js');
const { UsageError } = require('../usage-error.js');
const world = require('../world-flags.js');

const summary = 'run, and see what computes and what is on the heap';

const help = `
Usage: hs-wasm profile [options] <file> [--] [arguments]
       hs-wasm profile [options] <file> <export> [--] [arguments]

Runs a program as hs-wasm run does, or calls an export as hs-wasm call does, and writes

  Main.profile.json    for https://profiler.firefox.com: CPU samples, when threads ran and the collector did, what
                       traceEventIO and traceMarkerIO said, and how much was on the heap
  Main.heap.svg        a picture of GHC's heap: an area for each kind of closure

No profiling build is needed. The exit code of a program is this one's.

Options, before the file:
      --cpu <file.json>           write the first only, there
      --heap <file.svg>           write the second only, there
      --events <file.eventlog>    write GHC's event log too
      --cpu-interval <ms>         the least time between two samples (1)
      --interval <ms>             how often the heap is looked at (100); each look collects garbage first
      --json                      print what was most as JSON
${world.help}
  -h, --help                      print this

For Haskell also:
${flags.help}
`;

const options = {
  ...flags.options,
  ...world.options,
  cpu: { type: 'string' },
  heap: { type: 'string' },
  events: { type: 'string' },
  'cpu-interval': { type: 'string' },
  interval: { type: 'string' },
  json: { type: 'boolean' },
};

/** How many rows are printed of each table. */
const ROWS = 10;

/** @param {string[]} rest what follows the file on the command line */
async function run(values, [file], rest) {
  if (file === undefined) {
    throw new UsageError('profile: a file is needed (see hs-wasm profile --help)');
  }
  const { cpu, heap, events, json = false } = values;
  const outputs = outputsOf(file, { cpu, heap, events });
  const given = {
    ...world.runOptions('profile', values, rest),
    // What the program prints must not be taken for our JSON.
    stdout: json ? process.stderr : 'inherit',
    cpu: outputs.cpu !== undefined,
    heap: outputs.heap !== undefined,
    events: outputs.cpu !== undefined || events !== undefined,
    intervalMs: interval('cpu-interval', values, '1'),
    heapIntervalMs: interval('interval', values, '100'),
  };
  const { usualTier } = require('../../lib/options.js');
  // What is measured is to be what a program is that lives long.
  const module = await flags.moduleOf(file, values, { tier: usualTier('optimized') });
  const profile = isProgram(module) ? await module.profile(given) : await called(module, file, given);
  await write(profile, { outputs, json, interval: given.heapIntervalMs });
  return profile.value?.exitCode;
}

const isProgram = ({ kind, mainExport }) => kind === 'command' || mainExport !== null;

/** A profile of a call of the export that the first argument names. */
async function called(module, file, { args: [name, ...texts], ...given }) {
  if (name === undefined) {
    throw new UsageError(`profile: ${file} has no main: name one of its exports, and its arguments`);
  }
  const args = texts[0] === '--' ? texts.slice(1) : texts;
  const read = argumentsOf('profile', exportOf('profile', module, file, name), args);
  const { value: _, ...profile } = await module.profile(({ exports }) => exports[name](...read), given);
  return profile;
}

/** Where to write what: all of it, unless something is named. */
function outputsOf(file, { cpu, heap, events }) {
  const name = path.basename(file).replace(/\.\w+$/, '');
  return cpu === undefined && heap === undefined
    ? { cpu: `${name}.profile.json`, heap: `${name}.heap.svg`, events }
    : { cpu, heap, events };
}

async function write({ firefox, heap, eventLog }, { outputs, json, interval: ms }) {
  if (outputs.heap !== undefined && heap.svg === undefined && outputs.cpu === undefined) {
    throw new UsageError(`profile: ${unseen(ms)}`);
  }
  const files = {
    cpu: outputs.cpu && JSON.stringify(firefox),
    events: outputs.events && eventLog,
    heap: heap?.svg,
  };
  for (const [what, content] of Object.entries(files)) {
    if (content) await fs.writeFile(outputs[what], content);
  }
  const report = reportOf({ firefox, heap, outputs });
  if (json) {
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    return;
  }
  process.stderr.write(`${[...functionRows(report), ...heapRows(report, ms)].join('\n')}\n`);
}

const unseen = (ms) =>
  `GHC's runtime looked at the heap too seldom for a picture: the program must be Haskell and run longer than some ` +
  `intervals (--interval ${ms})`;

function reportOf({ firefox, heap, outputs }) {
  const { selfOf } = require('../../lib/profile/firefox.js');
  const { bandsOf, peakOf, readHeapProfile } = require('../../lib/profile/heap.js');
  const report = {};
  if (outputs.cpu !== undefined) {
    report.cpu = {
      file: outputs.cpu,
      samples: firefox.threads[0].samples.length,
      functions: selfOf(firefox),
    };
  }
  if (heap?.svg) {
    const read = readHeapProfile(heap.hp);
    report.heap = {
      file: outputs.heap,
      samples: read.samples.length,
      peak: peakOf(read),
      bands: bandsOf(read),
    };
  }
  return report;
}

function functionRows({ cpu }) {
  if (!cpu) return [];
  const rows = cpu.functions
    .slice(0, ROWS)
    .map(({ name, samples }) => [`${((100 * samples) / cpu.samples).toFixed(1)} %`, name]);
  return [...table(['time', 'function'], rows), `${cpu.samples} samples: ${cpu.file}`];
}

function heapRows({ heap, cpu }, ms) {
  if (!heap) return cpu ? [unseen(ms)] : [];
  const { count } = require('../../lib/markup.js');
  const { bands, peak, samples, file } = heap;
  const rows = bands.slice(0, ROWS).map(({ name, mean, most }) => [count(mean), count(most), name]);
  return [
    ...table(['mean bytes', 'most bytes', 'closures'], rows),
    `${samples} looks at the heap, at most ${count(peak.bytes)} bytes after ${peak.seconds} s: ${file}`,
  ];
}

/** Rows with numbers before a name. */
const table = (heads, rows) =>
  [heads, ...rows].map((row) =>
    row.map((text, at) => (at < row.length - 1 ? text.padStart(14) : ` ${text}`)).join(' '),
  );

/** A time in milliseconds from an option. */
function interval(name, values, usual) {
  const text = values[name] ?? usual;
  const ms = Number(text);
  if (!(Number.isInteger(ms) && ms >= 1 && ms <= 60_000)) {
    throw new UsageError(`profile: --${name} takes milliseconds from 1 to 60000, found '${text}'`);
  }
  return ms;
}

/** What follows the file is the program's. */
const argumentsFollow = true;

module.exports = { summary, help, options, run, argumentsFollow, allowPositionals: true };
