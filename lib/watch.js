'use strict';
/**
 * Compiles again whenever something changes that was read.
 *
 * The compiler says what it looked at, also when it failed: files it read, folders it listed, files that it would have
 * read had they been there. Their states are what decides; the cache makes a needless look cheap.
 */

const fs = require('node:fs');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { compileModule } = require('./compiler.js');
const { Folders } = require('./folders.js');

/** Editors and version control write several files, or one several times: what follows within this time is one change. */
const QUIET_MS = 40;

/** A running `watch()`. */
class Watcher {
  #options;
  #onChange;
  #folders = new Folders(() => this.#hint());
  #abort = new AbortController();
  #wake = () => {};
  #hinted = false;
  #done;

  /** @private */
  constructor({ signal, ...options }, onChange) {
    this.#options = { ...options, signal: this.#abort.signal };
    this.#onChange = onChange;
    const end = () => this.close();
    signal?.addEventListener('abort', end, { once: true });
    if (signal?.aborted) {
      this.close();
    }
    this.#done = this.#run().finally(() => signal?.removeEventListener('abort', end));
  }

  /** Ends watching; a compilation that is going on is stopped. Resolves when nothing of it is left. */
  close() {
    this.#abort.abort();
    this.#folders.close();
    this.#wake();
    return this.#done;
  }

  [Symbol.asyncDispose]() {
    return this.close();
  }

  get #isClosed() {
    return this.#abort.signal.aborted;
  }

  #hint() {
    this.#hinted = true;
    this.#wake();
  }

  async #run() {
    let states = statesOf(named(this.#options));
    let last;
    while (!this.#isClosed) {
      const started = Date.now();
      const outcome = await this.#compile();
      if (this.#isClosed) {
        return;
      }
      const before = states;
      states = statesOf([...named(this.#options), ...outcome.paths]);
      this.#folders.watch([...states].map(([file, { isFolder }]) => (isFolder ? file : path.dirname(file))));
      if (outcome.error || outcome.made !== last) {
        last = outcome.made;
        await this.#tell(outcome);
      }
      // A change while the compiler was at work may be in the module or not.
      const isChanged = ([file, { state, changedMs }]) =>
        before.has(file) ? before.get(file).state !== state : changedMs >= started - QUIET_MS;
      if (![...states].some(isChanged)) {
        await this.#change(states);
      }
      states = statesOf([...states.keys()]);
    }
  }

  async #compile() {
    let seen = { read: [], absent: [] };
    const onSeen = (all) => {
      seen = all;
    };
    try {
      const module = await compileModule(this.#options, { onSeen });
      const made = JSON.stringify([seen.hash, module.warnings]);
      return { module, made, paths: [...seen.read, ...seen.absent] };
    } catch (error) {
      return { error, paths: [...seen.read, ...seen.absent] };
    }
  }

  /** What the callback throws is not ours to handle. */
  async #tell({ error = null, module }) {
    try {
      await this.#onChange(error, module);
    } catch (thrown) {
      setImmediate(() => {
        throw thrown;
      });
    }
  }

  /** Waits until one of these files is not as it was, and then until all is quiet. */
  async #change(states) {
    const paths = [...states.keys()];
    const hasChanged = () =>
      [...statesOf(paths)].some(([file, { state }]) => states.get(file).state !== state);
    while (!this.#isClosed && !hasChanged()) {
      await this.#nextHint();
    }
    do {
      this.#hinted = false;
      await sleep(QUIET_MS);
    } while (!this.#isClosed && this.#hinted);
  }

  async #nextHint() {
    if (!this.#hinted && !this.#isClosed) {
      await new Promise((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#hinted = false;
  }
}

/** What the options name, which counts even if the compiler did not come to look at it. */
function named({ input, ghcOptions, packages }) {
  const files = ghcOptions.filter((option) => !option.startsWith('-') && /\.\w+$/.test(option));
  const inputs = input.path === undefined ? [] : [input.path];
  return [...inputs, ...packages.filter((name) => path.isAbsolute(name)), ...files].map((file) =>
    path.resolve(file),
  );
}

/** What the system says about files, which is other after each change. */
function statesOf(paths) {
  return new Map(paths.map((file) => [file, stateOf(file)]));
}

function stateOf(file) {
  const stat = fs.statSync(file, { bigint: true, throwIfNoEntry: false });
  if (!stat) {
    return { state: 'absent', changedMs: 0, isFolder: false };
  }
  const { ino, size, mtimeNs, ctimeNs, ctimeMs } = stat;
  return {
    state: [ino, size, mtimeNs, ctimeNs].join(),
    changedMs: Number(ctimeMs),
    isFolder: stat.isDirectory(),
  };
}

module.exports = { Watcher };
