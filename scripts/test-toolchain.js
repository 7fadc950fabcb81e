'use strict';
/**
 * `npm run test:toolchain`: a real install that is killed (SIGKILL) in every phase and goes on. Takes as long as an
 * install and 3 GB in the temporary folder (TMPDIR); the ordinary tests do the same with stand-ins.
 *
 * After each kill nothing may look like a toolchain, and nothing may be left running.
 */

const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { script } = require('./set-up.js');
const { Failure } = require('./lib/run.js');

const program = path.join(__dirname, '..', 'bin', 'hs-wasm.js');
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-test-toolchain-'));
const cache = path.join(work, 'cache');
const env = { ...process.env, HS_WASM_CACHE: cache, HS_WASM_GHC: '', HOME: work };

/** What a report must match, and how long after it the install is killed. */
const KILLS = [
  ['fetch', /"phase":"fetch","message":"packages"/, 100],
  ['unpack', /"phase":"unpack"/, 1500],
  ['relocate', /"phase":"relocate"/, 300],
  ['target', /"phase":"target"/, 50],
  ['the first configure', /"phase":"configure"/, 3000],
  ['the runtime system', /"message":"rts-objects"/, 5000],
  ['ghc-internal', /"message":"ghc-internal"/, 15_000],
  ['containers and bytestring', /"message":"bytestring"/, 8000],
  ['Cabal', /"message":"Cabal"/, 10_000],
  ['prune', /"phase":"prune"/, 500],
  ['prove', /"phase":"prove"/, 1500],
];

const command = (...args) => [process.execPath, ['--no-warnings', program, 'toolchain', ...args]];

/** Kills an install soon after a report that matches, or gives how it ended before. */
async function killed(pattern, delay) {
  const child = spawn(...command('install', '--json'), { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let seen = '';
  const reported = new Promise((resolve) => {
    child.stdout.on('data', (chunk) => {
      seen += chunk;
      if (pattern.test(seen)) resolve();
    });
  });
  const ended = new Promise((resolve) => child.on('close', (code, signal) => resolve(code ?? signal)));
  await Promise.race([reported, ended]);
  await Promise.race([sleep(delay), ended]);
  child.kill('SIGKILL');
  return ended;
}

/** The processes that name the cache folder. */
function running() {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(cache);
      } catch {
        return false; // it has ended
      }
    });
}

function demand(isTrue, text) {
  if (!isTrue) throw new Failure(text);
}

async function main() {
  for (const [name, pattern, delay] of KILLS) {
    const end = await killed(pattern, delay);
    demand(end === 'SIGKILL', `the install ended with ${end} before it could be killed in ${name}`);
    const folders = fs.readdirSync(path.join(cache, 'toolchains'));
    const whole = folders.filter((each) =>
      fs.existsSync(path.join(cache, 'toolchains', each, 'toolchain.json')),
    );
    demand(whole.length === 0, `killed in ${name}, it looks whole`);
    demand(
      spawnSync(...command('path'), { env }).status === 1,
      `killed in ${name}, it is taken for a compiler`,
    );
    await sleep(500);
    demand(running().length === 0, `killed in ${name}, it left processes: ${running().join(' ')}`);
    console.log(`killed in ${name}: nothing looks whole, nothing is left running`);
  }
  const { status, stderr } = spawnSync(...command('install'), { env, encoding: 'utf8' });
  demand(status === 0, `the last install failed: ${stderr}`);
  const doctor = spawnSync(...command('doctor'), { env, encoding: 'utf8' });
  demand(doctor.status === 0, `what was installed does not work:\n${doctor.stdout}`);
  console.log(`went on and finished:\n${doctor.stdout}`);
}

script(() => main().finally(() => fs.rmSync(work, { recursive: true, force: true })));
