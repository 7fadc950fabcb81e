'use strict';
/** What a caller's aborted signal becomes. */

const { AbortError } = require('./errors.js');

/** The error for `what`, whose `signal` was aborted. */
function abortion(signal, what) {
  return new AbortError('ABORT_ERR', `${what} was aborted`, { cause: signal.reason });
}

/** Throws that error if there is a signal and it is aborted already. */
function throwIfAborted(signal, what) {
  if (signal?.aborted) {
    throw abortion(signal, what);
  }
}

module.exports = { abortion, throwIfAborted };
