'use strict';
/**
 * `npm run test:wasi -- <folder>`: the preview 1 programs of a copy of https://github.com/WebAssembly/wasi-testsuite (its branch
 * `prod/testsuite-base` has them compiled), each run by `hs-wasm run`. Ends with the counts; fails if one of them failed.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { script, setUp } = require('./set-up.js');
const { Failure } = require('./lib/run.js');

const program = path.join(__dirname, '..', 'bin', 'hs-wasm.js');
const TARGET = 'wasm32-wasip1';
const HANG_MS = 120_000;

/** The compiled programs in `folder`. */
function programs(folder) {
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const isOne = (file) => file.endsWith('.wasm') && path.basename(path.dirname(file)) === TARGET;
  return files.filter(isOne).map((file) => path.join(folder, file));
}

/** How a program has to end, and what it is given: the file beside it, if there is one. */
function specification(file) {
  const beside = file.replace(/\.wasm$/, '.json');
  const {
    args = [],
    env = {},
    root,
    ...wanted
  } = fs.existsSync(beside) ? JSON.parse(fs.readFileSync(beside, 'utf8')) : {};
  return { args, env, root: root && path.join(path.dirname(file), root), wanted };
}

/** Runs one; gives what is not as it should be, in words, or nothing. */
function run(file, work) {
  const { args, env, root, wanted } = specification(file);
  const options = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  if (root) {
    fs.rmSync(work, { recursive: true, force: true });
    fs.cpSync(root, work, { recursive: true });
    options.push('--dir', `${work}::/`);
  }
  const command = ['--no-warnings', program, 'run', ...options, file, '--', ...args];
  const ended = spawnSync(process.execPath, command, { encoding: 'utf8', input: '', timeout: HANG_MS });
  const found = { exit_code: ended.status, stdout: ended.stdout, stderr: ended.stderr };
  const wrong = Object.entries({ exit_code: 0, ...wanted }).filter(([name, value]) => found[name] !== value);
  return wrong
    .map(([name, value]) => `${name}: ${JSON.stringify(found[name])}, not ${JSON.stringify(value)}`)
    .join('; ');
}

script(async () => {
  const [folder] = process.argv.slice(2);
  const files = folder === undefined ? [] : programs(path.resolve(folder));
  if (files.length === 0) {
    throw new Failure(
      `Expected a copy of wasi-testsuite with its programs compiled (…/${TARGET}/*.wasm), found none in ${folder}.`,
    );
  }
  await setUp();
  const work = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-test-wasi-')), 'root');
  let failed = 0;
  for (const file of files.toSorted()) {
    const wrong = run(file, work);
    failed += wrong ? 1 : 0;
    if (wrong) console.log(`FAIL ${path.relative(folder, file)}\n     ${wrong}`);
  }
  fs.rmSync(path.dirname(work), { recursive: true, force: true });
  console.log(`${files.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
});
