'use strict';
/**
 * Programs with a `main` that use JSFFI. GHC 9.10 cannot link them as commands, so the compiler driver links a reactor that
 * exports `main` (see `src/compiler`), and here its promise is made into the result of a run.
 */

const { PassThrough } = require('node:stream');
const { ExitError } = require('./errors.js');

/** Runs export `main` of a fresh instance to its end. */
async function runMain({ encoding, timeoutMs, ...options }, main, instantiate) {
  const outputs = {};
  const settings = { ...options };
  for (const name of ['stdout', 'stderr']) {
    if (options[name].kind === 'capture') {
      outputs[name] = new Collected();
      settings[name] = { kind: 'stream', stream: outputs[name].stream, web: false };
    }
  }
  const result = (exitCode) => ({
    exitCode,
    stdout: outputs.stdout?.get(encoding) ?? empty(encoding),
    stderr: outputs.stderr?.get(encoding) ?? empty(encoding),
  });
  let instance;
  try {
    instance = await instantiate(settings);
    await instance.exports[main]();
    instance.dispose();
    return result(0);
  } catch (error) {
    instance?.dispose();
    if (error instanceof ExitError) {
      return result(error.exitCode);
    }
    if (!(error instanceof WebAssembly.RuntimeError)) {
      throw Object.assign(error, result(undefined));
    }
    const code = exitCodeOf(error.message);
    if (code === undefined) {
      report(options.stderr, outputs.stderr, `${error.message}\n`);
    }
    return result(code ?? 1);
  }
}

/** `exitWith` in an export is only an exception to GHC; this is how it is shown. */
function exitCodeOf(message) {
  if (message === 'ExitSuccess') {
    return 0;
  }
  const failure = /^ExitFailure \(?(-?\d+)\)?$/.exec(message);
  return failure ? Number(failure[1]) & 0xff : undefined;
}

/** What GHC's own top handler would have printed. */
function report(setting, collected, text) {
  if (collected) {
    collected.stream.write(text);
  } else if (setting.kind === 'inherit') {
    process.stderr.write(text);
  } else if (setting.kind === 'stream' && !setting.web) {
    setting.stream.write(text);
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
    for (let chunk; (chunk = this.stream.read()) !== null; ) {
      this.#chunks.push(chunk);
    }
    const bytes = Buffer.concat(this.#chunks);
    return encoding === 'buffer' ? bytes : bytes.toString('utf8');
  }
}

module.exports = { runMain };
