'use strict';
// A Node process of its own, for what would disturb Jest or needs flags.

const { execFile } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
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

/** Runs a program as Node would in a terminal: `{ code, stdout }`, the latter with all that it printed. */
function inTerminal(program) {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-terminal-')), 'program.cjs');
  const root = path.join(__dirname, '..', '..');
  fs.writeFileSync(file, program.replaceAll("require('.')", `require(${JSON.stringify(root)})`));
  const command = `'${process.execPath}' --no-warnings '${file}'`;
  return new Promise((resolve) => {
    const args = ['--quiet', '--return', '--command', command, '/dev/null'];
    const child = execFile('script', args, { cwd: root, timeout: 120_000 }, (error, stdout) => {
      fs.rmSync(path.dirname(file), { recursive: true });
      resolve({ code: error ? (error.code ?? error.signal) : 0, stdout });
    });
    child.stdin.end();
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

module.exports = { inTerminal, node, nodeIn, withoutPackage };
