'use strict';
/** GHC's heap that is full: its runtime exits then, and says why on stderr. */

const { LimitError } = require('./errors.js');

/**
 * What a full heap looks like from outside: the exit code, and the words before it. A program exits with 251, GHC's
 * code for it; an export that fails ends the runtime with 1 (`rts_checkSchedStatus`, whose code 4 is `HeapExhausted`).
 */
const SIGNS = new Map([
  [251, /Heap exhausted;/],
  [1, /Return code \(4\) not ok/],
]);

/** The error that an exit stands for if the heap was full, or `null`. `lastWords()` gives the end of stderr. */
function heapOverflow(exitCode, lastWords) {
  const words = SIGNS.has(exitCode) ? lastWords() : '';
  if (!SIGNS.get(exitCode)?.test(words)) {
    return null;
  }
  const [size] = /(?<=Current maximum heap size is )\d+ bytes/.exec(words) ?? ['its limit'];
  return new LimitError(
    'ERR_HS_LIMIT',
    `Haskell's heap reached ${size}, which the RTS option -M sets (exit code ${exitCode}); give it more, or keep less alive`,
    { limit: 'memory', exitCode },
  );
}

module.exports = { heapOverflow };
