'use strict';
/** Tells Jest which Haskell modules a Haskell module imports, by which it finds the tests that a change concerns. */

const path = require('node:path');
const { importedFiles } = require('../import/declared.js');
const { isHaskell } = require('../import/project.js');

/** @param {(text: string) => Set<string>} extractFromJavaScript Jest's own */
function extract(text, file, extractFromJavaScript) {
  if (!isHaskell(file)) {
    return extractFromJavaScript(text);
  }
  const specifier = (imported) =>
    `./${path.relative(path.dirname(file), imported).replaceAll(path.sep, '/')}`;
  return new Set(importedFiles(text, file).map(specifier));
}

module.exports = { extract };
