'use strict';
/** The pass that `compile()` makes with `optimizeWasm`, after the linker: binaryen over the whole module. */

const fs = require('node:fs/promises');
const path = require('node:path');
const { wasmOpt } = require('./binaryen.js');
const { HsWasmError, ToolchainError } = require('./errors.js');

/**
 * The optimised bytes of the module in `file`.
 *
 * @param {string} file
 * @param {{ level: number | string, names: boolean }} settings
 * @param {{ hash: string, cacheFolder?: string, signal?: AbortSignal | null, onProgress?: Function | null }} how
 *   `hash` tells the module in `file` from all others
 */
async function optimize(file, { level, names }, { hash, cacheFolder, signal, onProgress }) {
  const args = [`-O${level}`, ...(names ? ['--debuginfo'] : [])];
  const keep = cacheFolder && path.join(cacheFolder, 'optimized', `${hash}${args.join('')}.wasm`);
  onProgress?.({ phase: 'optimize', message: `binaryen ${args[0]} on ${path.basename(file)}` });
  return wasmOpt(await fs.readFile(file), args, { keep, signal, missing, failed });
}

function missing() {
  return new ToolchainError(
    'ERR_HS_TOOLCHAIN_NOT_FOUND',
    'compile.options.optimizeWasm needs binaryen, which is not installed: `npm install binaryen`, or put a wasm-opt on the PATH',
  );
}

function failed(said, cause) {
  return new HsWasmError(
    'ERR_HS_INTERNAL',
    `internal error, please report: binaryen's wasm-opt refused the module that GHC made; leave optimizeWasm out. It said: ${said}`,
    { cause },
  );
}

module.exports = { optimize };
