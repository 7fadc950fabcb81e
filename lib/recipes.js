'use strict';
/** The recipes for the compiler and for cabal, which come with the package. */

const path = require('node:path');

/** The folder of `build.sh` and `cabal.sh`. */
const RECIPES = path.join(__dirname, '..', 'toolchain');

module.exports = { RECIPES };
