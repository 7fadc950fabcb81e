'use strict';
/** What a `.hs` file will be to those who import it, before anything of it runs. */

const { build, buildSync } = require('../compiler.js');
const { CompileError } = require('../errors.js');
const { declaredNames } = require('./declared.js');
const { compilation } = require('./project.js');

/**
 * Compiles, or finds compiled. For wrong Haskell `error` is there, with the names that would have been exported: who imports
 * these is to see GHC's message, which is thrown when the module is evaluated, and not that a name is missing.
 *
 * @returns {{ names: string[], identity: string, wasm?: string, error?: CompileError }}
 */
function compileFile(file, options) {
  try {
    return described(buildSync(compilation(file, options)));
  } catch (error) {
    return refused(error, file);
  }
}

/** The same without blocking the thread, and with the files that were read: `sources`. */
async function compileFileAsync(file, options) {
  let sources = [file];
  const onSeen = ({ read }) => (sources = read);
  try {
    return { ...described(await build(compilation(file, options), { onSeen })), sources };
  } catch (error) {
    return { ...refused(error, file), sources };
  }
}

function described(artifact) {
  const { wasm, exports } = artifact.info();
  // The file is named after the compiler, the flags and the contents.
  return { names: exports.map(({ name }) => name), identity: wasm, wasm };
}

function refused(error, file) {
  if (!(error instanceof CompileError)) {
    throw error;
  }
  return { names: declaredNames(file), identity: error.message, error };
}

module.exports = { compileFile, compileFileAsync };
