'use strict';
/**
 * `npm run bench:compile`: what compile() costs beside GHC alone. Everything is made in a folder of its own, with an empty
 * cache; the compiler is the one that compile() finds. Times are medians, in milliseconds.
 */

const { execFile, spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');

const MODULES = 50;
const root = path.join(__dirname, '..');
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-bench-'));

const median = (times) => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)];
const shown = (ms) => `${ms < 10 ? ms.toFixed(2) : Math.round(ms)} ms`.padStart(10);
/** A difference, with its sign. */
const signed = (ms) => `${ms < 0 ? '' : '+'}${Math.round(ms)} ms`;

const line = (what, ms, note = '') => console.log(`${what.padEnd(64)}${shown(ms)}  ${note}`);

/** How long `run()` takes, and what it gives. */
async function timed(run) {
  const began = performance.now();
  const value = await run();
  return { ms: performance.now() - began, value };
}

/** What `toolchain.find()` gives, which may be in the usual cache folder. */
async function foundCompiler() {
  const script = `require(${JSON.stringify(root)}).toolchain.find().then((found) => console.log(JSON.stringify(found)))`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--eval', script]);
  return JSON.parse(stdout);
}

/** A chain of modules, each of which uses the one before, and a Main that exports the last. */
function writeProject(folder) {
  fs.mkdirSync(folder, { recursive: true });
  for (let n = 0; n < MODULES - 1; n += 1) writeModule(folder, n, 0);
  const last = `M${MODULES - 2}`;
  fs.writeFileSync(
    path.join(folder, 'Main.hs'),
    `module Main where\nimport qualified ${last}\nforeign export javascript "f" f :: Int -> Int\nf :: Int -> Int\nf = ${last}.f\n`,
  );
  return path.join(folder, 'Main.hs');
}

/** Module number `n`; its exported function is not inlined, so that a change inside stays inside. */
function writeModule(folder, n, change) {
  const before = n > 0 ? `import qualified M${n - 1}\n` : '';
  const next = n > 0 ? `M${n - 1}.f` : 'id';
  const text = `module M${n} where\nimport Data.List (sort)\n${before}{-# NOINLINE f #-}\nf :: Int -> Int\nf x = ${next} (sum (take ${n + 2} (sort [x, x + ${change + 1} .. x + 10])))\n`;
  fs.writeFileSync(path.join(folder, `M${n}.hs`), text);
}

/** A compiler that notes its arguments, each call a line, and then is the real one. */
function notingCompiler(ghc) {
  const file = path.join(work, 'wasm32-wasi-ghc');
  const log = path.join(work, 'calls');
  fs.writeFileSync(
    file,
    `#!/bin/sh\nprintf '%s\\037' "$@" >> '${log}'\necho >> '${log}'\nexec '${ghc}' "$@"\n`,
    {
      mode: 0o755,
    },
  );
  const calls = () =>
    fs
      .readFileSync(log, 'utf8')
      .trimEnd()
      .split('\n')
      .map((call) => call.split('\x1f').filter(Boolean));
  return { file, calls };
}

/** Runs GHC as compile() does, but for another folder of objects. */
async function ghcAlone(ghc, args, objects) {
  const output = path.join(objects, 'module.wasm');
  const moved = args.map((argument, at) =>
    args[at - 1] === '-outputdir' ? objects : args[at - 1] === '-o' ? output : argument,
  );
  const tmp = moved.indexOf('-tmpdir');
  moved[tmp + 1] = objects;
  fs.mkdirSync(objects, { recursive: true });
  await promisify(execFile)(ghc, moved, { cwd: process.cwd(), maxBuffer: 2 ** 26 });
}

/** compile(), up to the linked module and as a whole: after it, machine code is made or found. */
async function compileTimed(compile, input, options) {
  let linked;
  const began = performance.now();
  const onProgress = ({ phase }) => {
    if (phase === 'codegen') linked = performance.now() - began;
  };
  const module = await compile(input, { ...options, onProgress });
  return { linked, whole: performance.now() - began, module };
}

/** What an edit costs beside GHC until there is a result: machine code, an instance and a call. */
async function linkToResult(compile, input, options) {
  const began = performance.now();
  const { linked, module } = await compileTimed(compile, input, options);
  const { exports, dispose } = await module.instantiate();
  await exports.f(1);
  const spent = performance.now() - began - linked;
  dispose();
  return spent;
}

/** A process that compiles; resolves with its time. */
function compiler(input, toolchain) {
  const script = `require(${JSON.stringify(root)}).compile(${JSON.stringify(input)}, { toolchain: ${JSON.stringify(toolchain)} })`;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--eval', script], { stdio: 'inherit' });
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`exit code ${code}`))));
  });
}

async function main() {
  const { ghc, version } = await foundCompiler();
  // Before the package is loaded, which asks once.
  process.env.HS_WASM_CACHE = path.join(work, 'cache');
  const { compile, load } = require('..');
  const noting = notingCompiler(ghc);
  const options = { toolchain: noting.file };
  console.log(`GHC ${version}, Node ${process.versions.node}, ${os.availableParallelism()} processors\n`);

  const entry = writeProject(path.join(work, 'project'));
  const first = await compileTimed(compile, entry, options);
  const isBuild = (call) => call.includes('-o');
  const builds = () => noting.calls().filter(isBuild);
  const [args] = builds();
  const alone = path.join(work, 'alone');
  const fresh = await timed(() => ghcAlone(ghc, args, alone));
  line(`miss, ${MODULES} modules: GHC alone (--make)`, fresh.ms);
  line(
    `miss, ${MODULES} modules: compile() until linked`,
    first.linked,
    `${signed(first.linked - fresh.ms)}: asks GHC for the list of modules first`,
  );
  line(`miss, ${MODULES} modules: compile() with machine code`, first.whole);

  const hits = [];
  for (let n = 0; n < 21; n += 1) hits.push(await compileTimed(compile, entry, options));
  const { wasm } = first.module;
  const file = fs
    .readdirSync(path.join(work, 'cache/wasm'), { recursive: true })
    .find((name) => name.endsWith('.wasm'));
  const reads = [];
  for (let n = 0; n < 21; n += 1)
    reads.push((await timed(() => fs.promises.readFile(path.join(work, 'cache/wasm', file)))).ms);
  const loads = [];
  for (let n = 0; n < 21; n += 1)
    loads.push((await timed(() => load(path.join(work, 'cache/wasm', file)))).ms);
  line(
    `hit, ${MODULES} modules: compile() until the module is found`,
    median(hits.map(({ linked }) => linked)),
    `${(wasm.length / 2 ** 20).toFixed(1)} MiB, read and checked`,
  );
  line(`hit: readFile() of the module alone`, median(reads));
  line(`hit, ${MODULES} modules: compile() with machine code mapped`, median(hits.map(({ whole }) => whole)));
  line(`load() of the same file`, median(loads));

  const changes = { alone: [], linked: [], whole: [] };
  for (let n = 1; n <= 7; n += 1) {
    writeModule(path.dirname(entry), 20, n);
    // By turns first and second, since the second finds warm files.
    const runs = [
      async () => changes.alone.push((await timed(() => ghcAlone(ghc, args, alone))).ms),
      async () => {
        const { linked, whole } = await compileTimed(compile, entry, options);
        changes.linked.push(linked);
        changes.whole.push(whole);
      },
    ];
    for (const run of n % 2 ? runs : runs.toReversed()) await run();
  }
  const [byHand, ours] = [median(changes.alone), median(changes.linked)];
  line(`one of ${MODULES} modules changed: GHC alone (--make)`, byHand);
  line(`one of ${MODULES} modules changed: compile() until linked`, ours, signed(ours - byHand));
  line(`one of ${MODULES} modules changed: compile() with machine code`, median(changes.whole));

  const results = { optimized: [], quick: [] };
  for (let n = 1; n <= 5; n += 1) {
    for (const [at, tier] of Object.keys(results).entries()) {
      writeModule(path.dirname(entry), 20, 200 * (at + 1) + n);
      results[tier].push(await linkToResult(compile, entry, { ...options, tier }));
    }
  }
  for (const [tier, times] of Object.entries(results))
    line(`one of ${MODULES} modules changed: from linked to first result, ${tier}`, median(times));

  const before = builds().length;
  writeModule(path.dirname(entry), 20, 99);
  const both = await timed(() => Promise.all([compiler(entry, noting.file), compiler(entry, noting.file)]));
  line('two processes at once, one module changed', both.ms, `${builds().length - before} build by GHC`);
}

main().finally(() => fs.rmSync(work, { recursive: true, force: true }));
