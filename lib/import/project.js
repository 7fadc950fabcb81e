'use strict';
/** How a `.hs` file that is imported like JavaScript is compiled: its package's `package.json` says so. */

const fs = require('node:fs');
const path = require('node:path');
const { invalidArg } = require('../errors.js');
const { compileOptions, projectOptions, usualTier } = require('../options.js');

/** Whether a path or URL, perhaps with a query, names Haskell source. */
const isHaskell = (name) => /\.l?hs(?:[?#]|$)/.test(name);

/** Whether a URL is a file with Haskell source. */
const isHaskellUrl = (url) => url.startsWith('file:') && isHaskell(url);

/** The same path or URL without query and fragment. */
const withoutQuery = (name) => name.replace(/[?#].*$/s, '');

/**
 * What to compile `file` with: the key `hs-wasm` of the nearest `package.json`, in whose folder GHC runs.
 *
 * @param {string} file absolute path of a `.hs` or `.lhs` file
 * @param {object} [overrides] options that win over those of the `package.json`, of the same names
 */
function compilation(file, overrides = {}) {
  const { folder, options } = project(path.dirname(file));
  // Somebody waits for the first result.
  const tier = usualTier('quick');
  return { ...compileOptions(file, { tier, ...options, ...overrides }), cwd: folder };
}

function project(start) {
  for (let folder = start; ; folder = path.dirname(folder)) {
    const manifest = path.join(folder, 'package.json');
    const text = readIfThere(manifest);
    if (text !== undefined) {
      return { folder, options: optionsOf(text, manifest) };
    }
    if (folder === path.dirname(folder)) {
      return { folder: start, options: {} };
    }
  }
}

function readIfThere(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
      return undefined;
    }
    throw error;
  }
}

function optionsOf(text, manifest) {
  let parsed;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw invalidArg('ERR_INVALID_ARG_VALUE', `${manifest}: must be JSON, found ${cause.message}`, optionsOf);
  }
  return projectOptions(parsed['hs-wasm'], `${manifest}: hs-wasm`);
}

module.exports = { compilation, isHaskell, isHaskellUrl, withoutQuery };
