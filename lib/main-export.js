'use strict';
/**
 * Programs with a `main` that use JSFFI. They need JavaScript's thread, so they run there as an instance does, and what comes
 * of it is made into the result of a run. GHC 9.14 links them as commands, with synchronous imports only: `_start` is called. GHC
 * 9.10 cannot, so the compiler driver links a reactor that exports `main` (see `src/compiler`), which ends in `proc_exit`.
 */

const { PassThrough } = require('node:stream');
const { ExitError, HsWasmError, LimitError } = require('./errors.js');

/** Runs export `main`, or `_start`, of a fresh instance to its end. */
async function runMain({ encoding, timeoutMs, ...options }, main, instantiate) {
  const collected = {};
  const settings = { ...options, timeoutMs: null };
  for (const name of ['stdout', 'stderr']) {
    if (options[name].kind === 'capture') {
      collected[name] = new Collected();
      settings[name] = { kind: 'stream', stream: collected[name].stream, web: false };
    }
  }
  const output = () => ({
    stdout: collected.stdout?.get(encoding) ?? empty(encoding),
    stderr: collected.stderr?.get(encoding) ?? empty(encoding),
  });
  let instance;
  const start = async () => {
    instance = await instantiate(settings);
    await instance.rawExports[main]();
  };
  try {
    await inTime(start, timeoutMs);
    return { exitCode: 0, ...output() };
  } catch (error) {
    if (error instanceof ExitError) {
      return { exitCode: error.exitCode, ...output() };
    }
    // What a snippet threw is the caller's own and stays as it is.
    throw error instanceof HsWasmError ? Object.assign(error, output()) : error;
  } finally {
    instance?.dispose();
  }
}

/** What `start()` resolves with, unless that takes longer than `timeoutMs`. */
async function inTime(start, timeoutMs) {
  if (timeoutMs === null) {
    return start();
  }
  let timer;
  const late = new Promise((_, reject) => {
    const message = `the program ran longer than timeoutMs = ${timeoutMs}`;
    timer = setTimeout(() => reject(new LimitError('ERR_HS_LIMIT', message, { limit: 'time' })), timeoutMs);
  });
  try {
    return await Promise.race([start(), late]);
  } finally {
    clearTimeout(timer);
  }
}

const empty = (encoding) => (encoding === 'buffer' ? Buffer.alloc(0) : '');

/** Everything written to a stream. */
class Collected {
  #chunks = [];
  stream = new PassThrough();

  constructor() {
    this.stream.on('data', (chunk) => this.#chunks.push(chunk));
  }

  get(encoding) {
    for (let chunk; (chunk = this.stream.read()) !== null;) {
      this.#chunks.push(chunk);
    }
    const bytes = Buffer.concat(this.#chunks);
    return encoding === 'buffer' ? bytes : bytes.toString('utf8');
  }
}

module.exports = { runMain };
