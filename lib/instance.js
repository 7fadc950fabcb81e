'use strict';
/** The public face of an instance. */

const { abortion, throwIfAborted } = require('./abort.js');
const { channels, isHeard, trace } = require('./channels.js');
const { invalidArg } = require('./errors.js');
const { callOptions, samplingOptions } = require('./options.js');
const { Runtime } = require('./runtime.js');

/** Exports of GHC's runtime and of the linker, which are not the user's. */
const INTERNAL = /^(rts_|ghczuwasmzujsffi|__|_initialize$|_start$|hs_exit$)/;

const isUsers = (name) => !INTERNAL.test(name) && name !== 'memory';

async function callExport(runtime, name, args = [], options = {}, { timeoutMs } = {}) {
  const limits = callOptions(options);
  const exported = runtime.rawExports[name];
  if (typeof exported !== 'function') {
    const names = Object.keys(runtime.rawExports).filter(isUsers);
    throw invalidArg(
      'ERR_INVALID_ARG_VALUE',
      `call.name: there is no export '${name}'; there are ${names.join(', ')}`,
    );
  }
  const begin = () => exported(...args);
  return runtime.limits.run(`the call of ${name}`, begin, {
    ...limits,
    timeoutMs: limits.timeoutMs ?? timeoutMs,
  });
}

/** An export whose calls are told of, if somebody listens now: to look at each call would cost every call. */
function traced(runtime, name, exported) {
  if (!isHeard(channels.call)) {
    return exported;
  }
  const attributes = { 'code.function.name': name, 'hs_wasm.module.name': runtime.name };
  const call = (...args) =>
    trace(channels.call, `hs-wasm call ${name}`, { ...attributes }, () => exported(...args));
  return Object.defineProperty(call, 'length', { value: exported.length, configurable: true });
}

/** An export each call of which may take so long. */
function limited(runtime, name, exported, timeoutMs) {
  if (timeoutMs === null) {
    return exported;
  }
  const call = (...args) => runtime.limits.run(`the call of ${name}`, () => exported(...args), { timeoutMs });
  return Object.defineProperty(call, 'length', { value: exported.length, configurable: true });
}

/** A running reactor. Made by `module.instantiate()`. */
class Instance {
  #runtime;

  /** @private */
  constructor(runtime, options) {
    const { timeoutMs } = options;
    this.#runtime = runtime;
    // Bound, so that `const { exports, dispose } = await instantiate(…)` works.
    /** What the instance holds now. */
    this.stats = () => runtime.stats();
    /** Calls an export by name, with limits of its own. */
    this.call = (name, args, given) =>
      traced(runtime, name, () => callExport(runtime, name, args, given, options))();
    /** CPU samples of what is done meanwhile. */
    this.profile = async (use, given) => {
      const { use: used, intervalMs } = samplingOptions(use, given);
      const taken = runtime.sample(intervalMs);
      let samples;
      try {
        const value = await used();
        samples = taken();
        const { firefoxProfile } = require('./profile/firefox.js');
        return { value, firefox: firefoxProfile({ name: runtime.name, samples }) };
      } finally {
        taken();
      }
    };
    /** Ends the instance: buffers are flushed, what is pending rejects, its memory is given back. A second call does nothing. */
    this.dispose = () => runtime.dispose();
    /** GHC's `__exports`, the very object snippets see. */
    this.rawExports = runtime.rawExports;
    /** The module's own exports. */
    this.exports = Object.freeze(
      Object.fromEntries(
        Object.entries(runtime.rawExports)
          .filter(([name, value]) => isUsers(name) && typeof value === 'function')
          .map(([name, value]) => [name, traced(runtime, name, limited(runtime, name, value, timeoutMs))]),
      ),
    );
    const { stdin, stdout, stderr } = runtime.pipes;
    this.stdin = stdin;
    this.stdout = stdout;
    this.stderr = stderr;
  }

  /** @private What `module.instantiate()` does. */
  static async create(module, options, world) {
    const { signal } = options;
    throwIfAborted(signal, 'the instance');
    const runtime = new Runtime(module, options, world);
    if (signal) {
      const aborted = () => runtime.close(abortion(signal, 'the instance'));
      signal.addEventListener('abort', aborted, { once: true });
      runtime.onClose = () => signal.removeEventListener('abort', aborted);
    }
    await runtime.start();
    return new Instance(runtime, options);
  }

  /**
   * @private The same at once. Where the guest waits for something while it starts, calls of asynchronous exports wait too,
   * and synchronous ones say that it is busy.
   */
  static createSync(module, options, world) {
    const runtime = new Runtime(module, options, world);
    const started = runtime.start();
    if (runtime.closed) {
      started.catch(() => {}); // It is thrown here.
      throw runtime.closed;
    }
    return new Instance(runtime, options);
  }

  /** @private What is known of the exports of an instance; nothing for what is none. */
  static exportInfos(value) {
    return typeof value === 'object' && value !== null && #runtime in value
      ? value.#runtime.exportInfos
      : undefined;
  }

  /** Linear memory. */
  get memory() {
    return this.#runtime.memory;
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    this.dispose();
  }
}

module.exports = { Instance, isUsers };
