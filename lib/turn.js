'use strict';
/**
 * Fairness between Haskell and the event loop.
 *
 * A guest leaves this thread when it has used its slice (Note [Slices] in `src/host/control.rs`), but there may be many guests,
 * and one has many occasions to enter it: calls, promises that Haskell awaits, threads that sleep a millisecond each. There
 * may always be more to run before a turn of the event loop ends, and neither I/O nor anything else would get its own. So Haskell
 * has a share of each turn; what comes after it is spent waits for the next turn, in its order. Once one guest has used its slice,
 * others begin on a worker until the next turn, if they can.
 */

const { setImmediate } = require('node:timers');
const { binding } = require('./native.js');

/** What Haskell may take of one turn before the rest waits. */
const SHARE_MS = 5;
/** The same in ticks, which cost nothing to read. */
const SHARE_TICKS = 5;

let began = 0;
let counting = false;
let used = false;
/** Nothing before the first `hasTime` of a turn, null before the second. */
let firstTick;
const waiting = [];

/** Whether Haskell has had its share of this turn. */
const spent = () => used || (counting && performance.now() - began > SHARE_MS);

function count() {
  if (!counting) {
    counting = true;
    began = performance.now();
    setImmediate(turn);
  }
}

function turn() {
  counting = false;
  firstTick = undefined;
  if (used) {
    used = false;
    binding.beginTurn();
  }
  if (waiting.length === 0) {
    return;
  }
  count();
  for (let left = waiting.length; left > 0 && !spent(); left -= 1) {
    // A task that throws is an uncaught error; the rest stays where it is, and the next turn is on its way.
    waiting.shift()();
  }
}

/** Runs `task` now if there is time left in this turn, else in a later one. */
function inTurn(task) {
  count();
  if (waiting.length > 0 || spent()) {
    waiting.push(task);
  } else {
    task();
  }
}

/** Whether Haskell, which was last here at `tick`, may go on in this turn; what may not is for `nextTurn`. */
function hasTime(tick) {
  count();
  if (firstTick === undefined) {
    // Long ago, perhaps.
    firstTick = null;
  } else {
    firstTick ??= tick;
  }
  return waiting.length === 0 && !used && (firstTick === null || tick - firstTick < SHARE_TICKS);
}

/** Runs `task` in a later turn. */
function nextTurn(task) {
  waiting.push(task);
  count();
}

/** A guest has used its slice. */
function spend() {
  used = true;
  count();
}

module.exports = { hasTime, inTurn, nextTurn, spend, spent };
