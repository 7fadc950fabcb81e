'use strict';
/** Jest, run by any Node. */

const path = require('node:path');
const { root, runInForeground } = require('./run.js');

const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');

/**
 * Runs Jest with these arguments and gives its exit code.
 *
 * @param {string[]} args
 * @param {string} [node] the Node that runs it, and that the tests find on the `PATH`
 */
function runJest(args, node = process.execPath) {
  const PATH = [path.dirname(node), process.env.PATH ?? ''].join(path.delimiter);
  return runInForeground([node, jest, ...args], { env: { PATH } });
}

module.exports = { runJest };
