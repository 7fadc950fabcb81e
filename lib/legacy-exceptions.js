'use strict';
/**
 * Modules with the legacy form of wasm's exception handling (instructions `try`, `catch`, `delegate`), which C libraries that
 * use setjmp or C++ bring along. V8 runs it, wasmtime runs only the form that became the standard; binaryen translates.
 */

const { createHash } = require('node:crypto');
const path = require('node:path');
const { wasmOpt } = require('./binaryen.js');
const { LinkError } = require('./errors.js');

const OPTIONS = ['--translate-to-exnref', '--debuginfo'];

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
function translate(wasm, { name, cacheFolder, signal }) {
  const hash = createHash('sha256').update(OPTIONS.join()).update(wasm).digest('hex');
  return wasmOpt(wasm, OPTIONS, {
    keep: cacheFolder && path.join(cacheFolder, 'exnref', `${hash}.wasm`),
    signal,
    missing: () => missing(name),
    failed: (said, cause) => failed(name, said, cause),
  });
}

function missing(name) {
  return new LinkError(
    'ERR_HS_INVALID_MODULE',
    `${name} uses the legacy form of exception handling (the instruction try), which wasmtime does not run. Install binaryen ` +
      '(`npm install binaryen`, or a wasm-opt on the PATH), and hs-wasm translates such modules with it; or compile the ' +
      'C code with -mllvm -wasm-use-legacy-eh=false',
  );
}

function failed(name, said, cause) {
  return new LinkError(
    'ERR_HS_INVALID_MODULE',
    `${name} uses the legacy form of exception handling, and binaryen's wasm-opt could not translate it: ${said}`,
    { cause },
  );
}

module.exports = { isLegacy, translate };
