'use strict';
/**
 * `transform: { '\\.hs$': 'hs-wasm/jest' }`: a `.hs` file becomes a module whose exports are those of an instance of it.
 *
 * Note [When a test compiles]: GHC runs, or the cache answers in two milliseconds, both when Jest asks for the key of its own
 * cache and when the emitted module is evaluated. The second is what a test sees: it happens in the realm of the test file, so
 * that errors are instances of its classes, and it is never stale, as Jest remembers transformed files in memory by the time of
 * the file itself, not of the modules that it imports. All is synchronous, because `require` is.
 */

const crypto = require('node:crypto');
const { version } = require('../../package.json');
const { compileFile } = require('../import/compile.js');
const { commonJs, esModule } = require('../import/emit.js');

/** Covers the compiler, its flags, and every file that was read: these make the name of the compiled file. */
function getCacheKey(text, file, { configString = '', supportsStaticESM = false } = {}) {
  const { identity } = compileFile(file);
  const parts = [version, __filename, file, text, configString, String(supportsStaticESM), identity];
  return crypto.createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

function process(text, file, { supportsStaticESM = false } = {}) {
  const code = supportsStaticESM
    ? esModule(file, compileFile(file).names, (module) => module)
    : commonJs(file);
  return { code };
}

// `canInstrument`: what is emitted holds nothing to count, so Jest must not add counters to it.
module.exports = { canInstrument: true, getCacheKey, process };
