'use strict';
/**
 * Fairness between Haskell and the event loop.
 *
 * GHC's scheduler runs Haskell for up to 15 ms at a time: in a `setImmediate`, and inside the callbacks of promises that Haskell
 * awaits. With several instances, or threads that sleep a millisecond each, there is always more to run before a turn of the
 * event loop ends, and neither I/O nor anything else gets its own. So Haskell has a share of each turn; what comes after it is
 * spent waits for the next turn, in its order.
 */

const { setImmediate } = require('node:timers');

/** What Haskell may take of one turn before the rest waits. */
const SHARE_MS = 15;

let began = 0;
let counting = false;
const waiting = [];

const spent = () => performance.now() - began > SHARE_MS;

function count() {
  if (!counting) {
    counting = true;
    began = performance.now();
    setImmediate(turn);
  }
}

function turn() {
  counting = false;
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

/** Runs `task` in a later turn. */
function nextTurn(task) {
  waiting.push(task);
  count();
}

module.exports = { inTurn, nextTurn };
