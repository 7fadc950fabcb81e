'use strict';
/**
 * `npm run bench:toolchain -- [--keep <archive>]`: what getting the compiler costs. Installs it from nothing into a folder
 * of its own, phase by phase, packs it, and installs that from the archive. Takes 3 GB in the temporary folder (TMPDIR)
 * while it works. `--keep` leaves the archive.
 *
 * Beside the time by the clock stands that of the processors, all processes together: on a busy machine the first says
 * little. The download depends on the mirror.
 */

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { configure, toolchain } = require('..');
const { binding } = require('../lib/native.js');
const { duration, megabytes } = require('../lib/units.js');

const { keep } = parseArgs({ options: { keep: { type: 'string' } } }).values;
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-bench-toolchain-'));

/** The steps of the recipe; what is reported beside them is part of the libraries. */
const STEPS = new Set(['fetch', 'unpack', 'relocate', 'target', 'libraries', 'prune', 'prove', 'done']);

/** Seconds of processors that this process and what it started and waited for have used. */
function processorSeconds() {
  const fields = fs
    .readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return ticks / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
}

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`.padStart(10);
const print = (what, value, note = '') => console.log(`${what.padEnd(40)}${value}  ${note}`.trimEnd());

/** How long `run()` takes. */
async function timed(what, run) {
  const [began, processors] = [performance.now(), processorSeconds()];
  const value = await run();
  const ms = performance.now() - began;
  print(what, seconds(ms), `${(processorSeconds() - processors).toFixed(0)} s of processors`);
  return value;
}

const size = (folder) =>
  Number(execFileSync('du', ['-sk', folder], { encoding: 'utf8' }).split('\t')[0]) * 1024;

/** Shows when each step of an install began and ended. */
function stopwatch() {
  const starts = new Map();
  const first = [];
  return {
    onProgress({ phase, message, elapsedMs, remainingMs }) {
      if (first.length === 0 && remainingMs !== undefined) first.push(remainingMs);
      if (STEPS.has(phase) && (message === phase || phase === 'done')) starts.set(phase, elapsedMs);
    },
    show() {
      const steps = [...starts];
      steps
        .slice(0, -1)
        .forEach(([step, at], index) => print(`  ${step}`, seconds(steps[index + 1][1] - at)));
      print('  estimated at the start', seconds(first[0] ?? 0));
    },
  };
}

/** In another process: this one's cache folder is fixed. */
function installFrom(archive) {
  const program = path.join(__dirname, '..', 'bin', 'hs-wasm.js');
  const env = { ...process.env, HS_WASM_CACHE: path.join(work, 'other') };
  execFileSync(process.execPath, ['--no-warnings', program, 'toolchain', 'install', '--from', archive], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function main() {
  console.log(`${os.availableParallelism()} processors, load ${os.loadavg()[0].toFixed(1)} at the start\n`);
  configure({ cacheDir: path.join(work, 'cache') });
  const watch = stopwatch();
  await timed('install from nothing', () => toolchain.install({ onProgress: watch.onProgress }));
  watch.show();
  const [{ path: folder }] = binding.listToolchains();
  print('disk', megabytes(size(folder)).padStart(10));
  const archive = path.resolve(keep ?? path.join(work, 'toolchain.tar.zst'));
  const { bytes } = await timed('pack', () => toolchain.pack(archive));
  print('archive', megabytes(bytes).padStart(10));
  await timed('install --from', () => installFrom(archive));
  console.log(`\nload ${os.loadavg()[0].toFixed(1)} at the end; all in ${duration(performance.now())}`);
}

main().finally(() => fs.rmSync(work, { recursive: true, force: true }));
