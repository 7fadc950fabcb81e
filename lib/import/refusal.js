'use strict';
/** A file that GHC refuses, as its importer sees it. */

const path = require('node:path');

const OURS = path.dirname(__dirname) + path.sep;

/**
 * Puts all that GHC says into the error, for a report may show nothing else, and lets the stack begin with the importer.
 *
 * @param {import('../errors.js').CompileError} error
 * @param {string} file the imported file
 */
function forImporter(error, file) {
  error.message = error.stderr.trim() || error.message;
  Error.captureStackTrace(error, forImporter);
  // The frame of the module that stands for the file would show a line of JavaScript that nobody wrote.
  const isImporters = (line) => /^ {4}at /.test(line) && !line.includes(`${file}:`) && !line.includes(OURS);
  const frames = error.stack.split('\n').filter(isImporters);
  error.stack = [`${error.name} [${error.code}]: ${error.message}`, ...frames].join('\n');
  return error;
}

module.exports = { forImporter };
