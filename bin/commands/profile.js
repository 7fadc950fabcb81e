'use strict';
/** Runs a program and draws what was on its heap. */

const fs = require('node:fs/promises');
const os = require('node:os');
const path = require('node:path');
const flags = require('../compile-flags.js');
const { UsageError } = require('../usage-error.js');
const world = require('../world-flags.js');

const summary = "run a program and draw what is on GHC's heap";

const help = `
Usage: hs-wasm profile [options] <file> [--] [arguments]

Runs a program as hs-wasm run does, has GHC's runtime look at the heap at regular times, and writes a picture of what
was there: an area for each kind of closure. No profiling build is needed. Its exit code is this one's.

Options, before the file:
      --heap <file.svg>           the picture (the program's name with .heap.svg, in this folder)
      --interval <ms>             how often the heap is looked at (100)
      --json                      print the bands as JSON
${world.help}
  -h, --help                      print this

For Haskell also:
${flags.help}
`;

const options = {
  ...flags.options,
  ...world.options,
  heap: { type: 'string' },
  interval: { type: 'string' },
  json: { type: 'boolean' },
};

/** Where the program finds the folder for its profile: a name that none has. */
const GUEST = '/.hs-wasm-profile';
/** How many bands are printed. */
const ROWS = 10;

/** @param {string[]} rest what follows the file on the command line */
async function run({ heap, interval = '100', json = false, ...values }, [file], rest) {
  if (file === undefined) {
    throw new UsageError('profile: a file is needed (see hs-wasm profile --help)');
  }
  const hsWasm = require('../../index.js');
  const given = world.runOptions('profile', values, rest);
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'hs-wasm-profile-'));
  try {
    const { exitCode } = await hsWasm.run(file, {
      ...flags.compileOptions(values),
      ...given,
      // What the program prints must not be taken for our JSON.
      stdout: json ? process.stderr : 'inherit',
      preopens: { ...given.preopens, [GUEST]: folder },
      rtsOptions: ['-hT', `-i${seconds(interval)}`, `-po${GUEST}/heap`, ...(given.rtsOptions ?? [])],
    });
    const text = await fs.readFile(path.join(folder, 'heap.hp'), 'utf8').catch(() => '');
    const picture = heap ?? `${path.basename(file).replace(/\.\w+$/, '')}.heap.svg`;
    await show(text, { picture, json, interval });
    return exitCode;
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

async function show(text, { picture, json, interval }) {
  const { bandsOf, drawHeapProfile, peakOf, readHeapProfile } = require('../../lib/heap-profile.js');
  const { count } = require('../../lib/markup.js');
  const profile = readHeapProfile(text);
  if (profile.samples.length < 2) {
    throw new UsageError(
      `profile: GHC's runtime looked at the heap ${profile.samples.length} times, which makes no picture: ` +
        `the program must be Haskell and run longer than some intervals (--interval ${interval})`,
    );
  }
  await fs.writeFile(picture, await drawHeapProfile(profile));
  const peak = peakOf(profile);
  const bands = bandsOf(profile);
  if (json) {
    const report = { picture, samples: profile.samples.length, peak, bands };
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    return;
  }
  const rows = bands.slice(0, ROWS).map(({ name, mean, most }) => [count(mean), count(most), name]);
  const table = [['mean bytes', 'most bytes', 'closures'], ...rows]
    .map(([mean, most, name]) => `${mean.padStart(14)} ${most.padStart(14)}  ${name}`)
    .join('\n');
  process.stderr.write(
    `${table}\n${profile.samples.length} looks at the heap, at most ${count(peak.bytes)} bytes after ${peak.seconds} s: ${picture}\n`,
  );
}

/** An interval in milliseconds as GHC's runtime takes it. */
function seconds(interval) {
  const ms = Number(interval);
  if (!(ms >= 1 && ms <= 60_000)) {
    throw new UsageError(`profile: --interval takes milliseconds from 1 to 60000, found '${interval}'`);
  }
  return ms / 1000;
}

/** What follows the file is the program's. */
const argumentsFollow = true;

module.exports = { summary, help, options, run, argumentsFollow, allowPositionals: true };
