'use strict';
/**
 * Programs with a `main` that use JSFFI. They need JavaScript's thread, so they run there as an instance does, and what comes
 * of it is made into the result of a run. GHC 9.14 links them as commands, with synchronous imports only: `_start` is called. GHC
 * 9.10 cannot, so the compiler driver links a reactor that exports `main` (see `src/compiler`), which ends in `proc_exit`.
 */

const { PassThrough } = require('node:stream');
const { reached } = require('./channels.js');
const { ExitError, HsWasmError, LimitError } = require('./errors.js');

/** Runs export `main`, or `_start`, of a fresh instance of the module `name` to its end. */
async function runMain({ encoding, timeoutMs, captureLimitBytes, ...options }, { main, name }, instantiate) {
  const collected = {};
  const overrun = new Overrun(captureLimitBytes, name);
  const settings = { ...options, timeoutMs: null };
  for (const out of ['stdout', 'stderr']) {
    if (options[out].kind === 'capture') {
      collected[out] = new Collected(overrun);
      settings[out] = { kind: 'stream', stream: collected[out].stream, web: false };
    }
  }
  const output = () => ({
    stdout: collected.stdout?.get(encoding) ?? empty(encoding),
    stderr: collected.stderr?.get(encoding) ?? empty(encoding),
  });
  const ended = (exitCode) => {
    const result = output();
    overrun.check(result);
    return { exitCode, ...result };
  };
  let instance;
  const start = async () => {
    instance = await instantiate(settings);
    await instance.call(main, [], timeoutMs === null ? {} : { timeoutMs });
  };
  try {
    await Promise.race([overrun.promise, start()]);
    return ended(0);
  } catch (error) {
    if (error instanceof ExitError) {
      return ended(error.exitCode);
    }
    // What a snippet threw is the caller's own and stays as it is.
    throw error instanceof HsWasmError ? Object.assign(error, output()) : error;
  } finally {
    instance?.dispose();
  }
}

const empty = (encoding) => (encoding === 'buffer' ? Buffer.alloc(0) : '');

/** Whether a program has written more than is kept. */
class Overrun {
  #found = false;
  #name;
  #reject;

  constructor(most, name) {
    this.most = most;
    this.#name = name;
    /** Rejects when it does. */
    this.promise = new Promise((_, reject) => {
      this.#reject = reject;
    });
    this.promise.catch(() => {});
  }

  note() {
    if (!this.#found) {
      this.#found = true;
      this.#reject(reached(this.#error(), this.#name));
    }
  }

  check(output) {
    if (this.#found) {
      throw Object.assign(this.#error(), output);
    }
  }

  #error() {
    const message = `the guest wrote more than captureLimitBytes = ${this.most} to a stream that is captured`;
    return new LimitError('ERR_HS_LIMIT', message, { limit: 'output' });
  }
}

/** What is written to a stream, up to a limit. */
class Collected {
  #chunks = [];
  #room;
  #overrun;
  stream = new PassThrough();

  constructor(overrun) {
    this.#room = overrun.most;
    this.#overrun = overrun;
    this.stream.on('data', (chunk) => this.#add(chunk));
  }

  #add(chunk) {
    if (chunk.length > this.#room) {
      this.#overrun.note();
    }
    this.#chunks.push(chunk.subarray(0, this.#room));
    this.#room -= Math.min(this.#room, chunk.length);
  }

  get(encoding) {
    for (let chunk; (chunk = this.stream.read()) !== null;) {
      this.#add(chunk);
    }
    const bytes = Buffer.concat(this.#chunks);
    return encoding === 'buffer' ? bytes : bytes.toString('utf8');
  }
}

module.exports = { runMain };
