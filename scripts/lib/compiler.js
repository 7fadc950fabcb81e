'use strict';
/** Step 3: GHC for wasm, through the package itself. Needs the addon. */

const { interrupted } = require('./interrupt.js');
const { Failure } = require('./run.js');

const title = 'Building GHC for wasm (4 minutes, once)';

const isDone = () => usingPackage(async ({ toolchain }) => (await toolchain.find()) !== null);

const run = (report) =>
  usingPackage(({ toolchain }) =>
    toolchain.install({
      signal: interrupted,
      onProgress: report,
    }),
  );

/** The package is loaded when it is needed, as it needs the addon. Its errors say how to fix them. */
async function usingPackage(work) {
  const hsWasm = require('../..');
  try {
    return await work(hsWasm);
  } catch (error) {
    throw error instanceof hsWasm.HsWasmError ? new Failure(error.message) : error;
  }
}

module.exports = { title, isDone, run };
