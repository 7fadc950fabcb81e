'use strict';
/**
 * Who is to be woken when native code has something for the event loop: instances and runs by number.
 *
 * A ring does not keep the process alive, and being registered does not keep anything alive: what waits is held with
 * `hold`, which does both.
 */

const { later } = require('./later.js');
const { binding } = require('./native.js');

const threads = later(() => require('node:worker_threads'));

/** Long enough that the timer never fires for nothing; its only purpose is to keep the process alive. */
const LONG_MS = 2 ** 31 - 1;

const known = new Map();
const held = new Set();
let keepAlive = null;
let tellsOfEnd = false;
let last = 0;

const gone = new FinalizationRegistry((id) => known.delete(id));
const wake = (id) => known.get(id)?.deref()?.wake();
// Native code finds it weakly; whoever has the bells holds it.
const bells = Object.assign(new binding.NativeLoop(wake), { wake });

/** Registers `sleeper`, whose `wake()` will be called; gives its number. */
function register(sleeper) {
  last = (last + 1) >>> 0;
  known.set(last, new WeakRef(sleeper));
  gone.register(sleeper, last);
  return last;
}

/** Guests on workers stand still when the process ends. Before the first of them can be there, nobody needs to be told. */
function tellOfEnd() {
  tellsOfEnd = true;
  if (threads().isMainThread) {
    process.on('exit', () => {
      // Not if somebody only says so to test listeners.
      if (process._exiting) {
        binding.end();
      }
    });
  }
}

/** Keeps `sleeper` and the process alive until it is released. */
function hold(sleeper) {
  if (!tellsOfEnd) {
    tellOfEnd();
  }
  held.add(sleeper);
  keepAlive ??= setInterval(() => bells, LONG_MS);
}

/** Ends a `hold`. */
function release(sleeper) {
  held.delete(sleeper);
  if (held.size === 0) {
    clearInterval(keepAlive);
    keepAlive = null;
  }
}

module.exports = { bells, register, hold, release };
