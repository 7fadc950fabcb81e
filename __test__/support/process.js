'use strict';
// A Node process of its own, for what would disturb Jest or needs flags.

const { execFile } = require('node:child_process');
const path = require('node:path');

/** Runs `node ...args` in the project's folder: `{ code, stdout, stderr }`. */
const node = (...args) => nodeIn(path.join(__dirname, '..', '..'), ...args);

/** Runs `node ...args` in a folder, or with other settings of a process too: `{ cwd, env }`. */
function nodeIn(where, ...args) {
  const settings = typeof where === 'string' ? { cwd: where } : where;
  const options = { ...settings, maxBuffer: 2 ** 26, timeout: 120_000 };
  return new Promise((resolve) => {
    execFile(process.execPath, ['--no-warnings', ...args], options, (error, stdout, stderr) => {
      resolve({ code: error ? (error.code ?? error.signal) : 0, stdout, stderr });
    });
  });
}

/** Text of a program's first lines, after which the package `name` cannot be found. */
const withoutPackage = (name) => `{
  const Module = require('node:module');
  const find = Module._resolveFilename;
  Module._resolveFilename = (request, ...rest) => {
    if (request.split('/')[0] === '${name}') throw Object.assign(new Error('hidden'), { code: 'MODULE_NOT_FOUND' });
    return find(request, ...rest);
  };
}`;

module.exports = { node, nodeIn, withoutPackage };
