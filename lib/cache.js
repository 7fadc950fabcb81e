'use strict';
/** Where compilers, compiled sources and machine code are kept between processes. */

const { binding } = require('./native.js');

let folder;

/** What `configure()` names, else `HS_WASM_CACHE`, else `hs-wasm` in the platform's cache folder. */
function cacheFolder() {
  folder ??= binding.cacheFolder();
  return folder;
}

module.exports = { cacheFolder };
