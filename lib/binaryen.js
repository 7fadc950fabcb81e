'use strict';
/**
 * binaryen's `wasm-opt`: the npm package, an optional peer dependency, or a `wasm-opt` on the PATH. It runs in a process of
 * its own: the event loop turns meanwhile, a signal ends it, and its memory is gone with it.
 */

const { execFile } = require('node:child_process');
const fs = require('node:fs/promises');
const os = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');
const { throwIfAborted } = require('./abort.js');
const { kept } = require('./kept.js');

const run = promisify(execFile);

/** The features that GHC's modules use. With all features binaryen would write types that no one else knows. */
const FEATURES = [
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
].map((feature) => `--enable-${feature}`);

/**
 * What `wasm-opt` with these arguments makes of a module. Custom sections stay.
 *
 * @param {Uint8Array} wasm
 * @param {string[]} args
 * @param {object} how
 * @param {string} [how.keep] the file that holds the result, or shall hold it
 * @param {AbortSignal | null} [how.signal]
 * @param {() => Error} how.missing makes the error for a machine without binaryen
 * @param {(said: string, cause: Error) => Error} how.failed makes the error for a module that `wasm-opt` refuses
 * @returns {Promise<Buffer>}
 */
function wasmOpt(wasm, args, { keep, ...how }) {
  return kept(keep, () => optimized(wasm, args, how));
}

async function optimized(wasm, args, how) {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'hs-wasm-binaryen-'));
  try {
    const [input, output] = ['in.wasm', 'out.wasm'].map((file) => path.join(folder, file));
    await fs.writeFile(input, wasm);
    await execute([...args, ...FEATURES, input, '-o', output], how);
    return await fs.readFile(output);
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

async function execute(args, { signal, missing, failed }) {
  const bundled = npmPackage();
  const [command, ...before] = bundled ? [process.execPath, bundled] : ['wasm-opt'];
  try {
    await run(command, [...before, ...args], {
      signal: signal ?? undefined,
      killSignal: 'SIGKILL',
      env: process.env,
    });
  } catch (error) {
    throwIfAborted(signal, 'the operation');
    throw error.code === 'ENOENT' ? missing() : failed(String(error.stderr || error.message).trim(), error);
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

module.exports = { wasmOpt };
