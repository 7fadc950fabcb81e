'use strict';
/** What a user has without hs-wasm: `WebAssembly`, GHC's own `post-link.mjs` and `node:wasi`. */

const fs = require('node:fs');
const { pathToFileURL } = require('node:url');

/**
 * Compiles the module at the path `wasm`, whose post-linked JavaScript is the module at `glue`.
 *
 * @returns {Promise<() => Promise<object>>} makes an instance and gives its exports
 */
async function openV8(wasm, glue) {
  const { WASI } = require('node:wasi');
  const module = await WebAssembly.compile(fs.readFileSync(wasm));
  const { default: jsffi } = await import(pathToFileURL(glue));
  return async () => {
    const wasi = new WASI({ version: 'preview1', args: ['main'] });
    const exports = {};
    const imports = { wasi_snapshot_preview1: wasi.wasiImport, ghc_wasm_jsffi: await jsffi(exports) };
    const instance = await WebAssembly.instantiate(module, imports);
    Object.assign(exports, instance.exports);
    wasi.initialize(instance);
    return exports;
  };
}

module.exports = { openV8 };
