'use strict';
/**
 * Ctrl-C and its relatives: children are ended first, then this process ends as if by the signal.
 *
 * Whoever runs something long either registers its child here or listens to the signal `interrupted`.
 */

const os = require('node:os');

/** How long whatever runs may take to end in good order, in milliseconds. */
const GRACE_MS = 10_000;

const interrupted = new AbortController();
const children = new Set();
let signal;

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(name, () => {
    signal ??= name;
    interrupted.abort();
    children.forEach((child) => send(child, name));
    setTimeout(() => {
      children.forEach((child) => send(child, 'SIGKILL'));
      end();
    }, GRACE_MS).unref();
  });
}

/** A child that leads a process group is ended with all of its own children. */
function send({ process: { pid }, group }, name) {
  try {
    process.kill(group ? -pid : pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') {
      throw error;
    }
  }
}

/**
 * Remembers a child for as long as it runs.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @param {{ group?: boolean }} [how] `group`: it was spawned `detached`
 */
function track(child, { group = false } = {}) {
  const entry = { process: child, group };
  children.add(entry);
  child.once('close', () => children.delete(entry));
}

/** Ends this process after an interruption, with the exit code that shells expect. */
function end() {
  process.exit(128 + os.constants.signals[signal]);
}

module.exports = { interrupted: interrupted.signal, track, end };
