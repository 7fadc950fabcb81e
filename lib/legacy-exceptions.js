'use strict';
/**
 * Modules with the legacy form of wasm's exception handling (instructions `try`, `catch`, `delegate`), which C libraries that
 * use setjmp or C++ bring along. V8 runs it, wasmtime runs only the form that became the standard; binaryen's wasm-opt
 * translates. It is an optional peer dependency: the npm package `binaryen`, or a `wasm-opt` on the PATH.
 */

const { execFile } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs/promises');
const os = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');
const { throwIfAborted } = require('./abort.js');
const { LinkError } = require('./errors.js');

const run = promisify(execFile);

/** The pass, and the features that GHC's modules use. With all features binaryen would write types that no one else knows. */
const OPTIONS = [
  '--translate-to-exnref',
  '--debuginfo',
  ...[
    'exception-handling',
    'reference-types',
    'multivalue',
    'bulk-memory',
    'mutable-globals',
    'nontrapping-float-to-int',
    'sign-ext',
    'simd',
    'tail-call',
    'extended-const',
  ].map((feature) => `--enable-${feature}`),
];

/** Whether `error` says that a module could not be compiled for this reason. */
function isLegacy(error) {
  return error?.code === 'ERR_HS_INVALID_MODULE' && error.message.includes('legacy_exceptions');
}

/**
 * The module with the standard form instead.
 *
 * @param {Uint8Array} wasm
 * @param {{ name: string, cacheFolder?: string, signal?: AbortSignal | null }} options
 * @returns {Promise<Buffer>}
 */
async function translate(wasm, { name, cacheFolder, signal }) {
  const hash = createHash('sha256').update(OPTIONS.join()).update(wasm).digest('hex');
  const kept = cacheFolder && path.join(cacheFolder, 'exnref', `${hash}.wasm`);
  const found = kept && (await fs.readFile(kept).catch(() => undefined));
  if (found) {
    return found;
  }
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'hs-wasm-exnref-'));
  try {
    const [input, output] = ['in.wasm', 'out.wasm'].map((file) => path.join(folder, file));
    await fs.writeFile(input, wasm);
    await wasmOpt([...OPTIONS, input, '-o', output], { name, signal });
    const translated = await fs.readFile(output);
    if (kept) {
      await keep(translated, kept);
    }
    return translated;
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

async function wasmOpt(args, { name, signal }) {
  const bundled = npmPackage();
  const [command, ...before] = bundled ? [process.execPath, bundled] : ['wasm-opt'];
  try {
    await run(command, [...before, ...args], { signal: signal ?? undefined, env: process.env });
  } catch (error) {
    throwIfAborted(signal, 'the operation');
    throw error.code === 'ENOENT' ? missing(name) : failed(name, error);
  }
}

/** The script `wasm-opt` of the npm package, if that is installed. */
function npmPackage() {
  try {
    const manifest = require.resolve('binaryen/package.json');
    return path.join(path.dirname(manifest), require(manifest).bin['wasm-opt']);
  } catch {
    return undefined;
  }
}

function missing(name) {
  return new LinkError(
    'ERR_HS_INVALID_MODULE',
    `${name} uses the legacy form of exception handling (the instruction try), which wasmtime does not run. Install binaryen ` +
      '(`npm install binaryen`, or a wasm-opt on the PATH), and hs-wasm translates such modules with it; or compile the ' +
      'C code with -mllvm -wasm-use-legacy-eh=false',
  );
}

function failed(name, error) {
  const said = String(error.stderr || error.message).trim();
  return new LinkError(
    'ERR_HS_INVALID_MODULE',
    `${name} uses the legacy form of exception handling, and binaryen's wasm-opt could not translate it: ${said}`,
    { cause: error },
  );
}

/** Other processes may read the file: it appears whole or not at all. What cannot be kept is made again. */
async function keep(bytes, file) {
  const draft = `${file}.${process.pid}.draft`;
  try {
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.writeFile(draft, bytes);
    await fs.rename(draft, file);
  } catch {
    await fs.rm(draft, { force: true });
  }
}

module.exports = { isLegacy, translate };
