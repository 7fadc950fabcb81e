'use strict';
/** Runs programs: quietly, with their output in a log, or in the foreground. */

const fs = require('node:fs');
const path = require('node:path');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { interrupted, track } = require('./interrupt.js');

const root = path.join(__dirname, '..', '..');
/** Logs and locks; in cargo's own folder, which git ignores already. */
const state = path.join(root, 'target', 'set-up');

/** How much of a log is shown when its program failed, in lines. */
const TAIL_LINES = 30;

/** What the user can mend: shown without a stack. */
class Failure extends Error {}

/**
 * Runs a program to its end, with its output in `target/set-up/<log>.log`; `log` is the name of what runs.
 *
 * @param {string[]} command
 * @param {{ log: string, env?: object, onLine?: (line: string) => boolean | void }} options
 *   `onLine` returns `true` for a line that only shows progress and is not worth keeping
 */
async function runLogged([program, ...args], { log, env = {}, onLine = () => false }) {
  interrupted.throwIfAborted();
  fs.mkdirSync(state, { recursive: true });
  const file = path.join(state, `${log}.log`);
  const lines = [];
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a process group of its own, which can be ended as a whole
  });
  track(child, { group: true });
  for (const stream of [child.stdout, child.stderr]) {
    onEachLine(stream, (line) => onLine(line) === true || lines.push(line));
  }
  const code = await exit(child, program);
  fs.writeFileSync(file, lines.join('\n') + '\n');
  if (code !== 0) {
    const tail = lines.slice(-TAIL_LINES).join('\n');
    throw new Failure(`${log} failed:\n\n${tail}\n\nThe whole output: ${path.relative(root, file)}`);
  }
  return lines;
}

/**
 * Runs a program that has the terminal to itself. The terminal sends it Ctrl-C too.
 *
 * @returns {Promise<number>} its exit code; 128 and more if a signal ended it
 */
async function runInForeground([program, ...args], { env = {} } = {}) {
  interrupted.throwIfAborted();
  const child = spawn(program, args, { cwd: root, env: { ...process.env, ...env }, stdio: 'inherit' });
  track(child);
  return exit(child, program);
}

async function exit(child, program) {
  let code;
  try {
    [code] = await once(child, 'close');
  } catch (error) {
    throw error.code === 'ENOENT' ? new Failure(`${program} was not found.`) : error;
  }
  interrupted.throwIfAborted();
  return code ?? 128;
}

/** Calls back for each line; a carriage return ends one too, as progress bars are drawn. */
function onEachLine(stream, callback) {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text) => {
    const lines = (rest + text).split(/[\r\n]+/);
    rest = lines.pop();
    lines.filter(Boolean).forEach((line) => callback(line));
  });
  stream.on('end', () => rest && callback(rest));
}

/** Where `program` is on the PATH, or `undefined`. */
function which(program) {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  const suffixes = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  const candidates = folders.flatMap((folder) =>
    suffixes.map((suffix) => path.join(folder, program + suffix)),
  );
  return candidates.find((candidate) => {
    try {
      fs.accessSync(candidate, fs.constants.X_OK);
      return fs.statSync(candidate).isFile();
    } catch {
      return false;
    }
  });
}

module.exports = { root, state, Failure, runLogged, runInForeground, which };
