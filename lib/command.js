'use strict';
/** Runs of commands: `_start` once, on a thread of its own, and what came of it. */

const { abortion, throwIfAborted } = require('./abort.js');
const { reached } = require('./channels.js');
const { dying, fromRecord } = require('./errors.js');
const { heapOverflow } = require('./heap-overflow.js');
const loop = require('./loop.js');
const { binding, unwrap } = require('./native.js');
const { Streams } = require('./stdio.js');

/** One run. Woken by native code when the guest writes or wants to read. */
class Run {
  #name;
  #native;
  #streams;

  constructor(module, options, world) {
    this.#name = module.name;
    this.#native = new binding.NativeRun(module.native, world, loop.bells, loop.register(this));
    this.#streams = new Streams(this.#native, options);
  }

  wake() {
    this.#native.answer();
    this.#streams.serve();
  }

  /** Runs the command to its end. */
  async finish({ signal, encoding, stdout, stderr, fuel, sampler }) {
    throwIfAborted(signal, 'the run');
    const abort = () => this.#native.abort();
    signal?.addEventListener('abort', abort, { once: true });
    loop.hold(this);
    let ended;
    try {
      ended = unwrap(await this.#native.start(fuel ?? undefined));
    } finally {
      loop.release(this);
      signal?.removeEventListener('abort', abort);
      this.#streams.finish();
      sampler?.done(this.#native.takeSamples());
    }
    const output = {
      stdout: this.#captured(1, stdout, encoding),
      stderr: this.#captured(2, stderr, encoding),
    };
    const { exitCode } = ended;
    const lastWords = () => this.#native.lastWords();
    const overflow = heapOverflow(exitCode, lastWords);
    if (overflow) {
      throw Object.assign(reached(overflow, this.#name), output);
    }
    if (ended.failure === undefined) {
      return { exitCode, ...output };
    }
    const error = signal?.aborted
      ? abortion(signal, 'the run')
      : fromRecord(ended.failure, dying(ended.failure, lastWords));
    throw Object.assign(reached(error, this.#name), output);
  }

  #captured(fd, setting, encoding) {
    if (setting.kind !== 'capture') {
      return encoding === 'buffer' ? Buffer.alloc(0) : '';
    }
    const bytes = this.#native.takeOutput(fd) ?? Buffer.alloc(0);
    return encoding === 'buffer' ? bytes : bytes.toString('utf8');
  }
}

/** Runs the command `module` and gives its exit code and what it printed. */
function runCommand(module, options, world) {
  return new Run(module, options, world).finish(options);
}

module.exports = { runCommand };
