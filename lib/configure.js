'use strict';
/** What a process decides once: `configure()`. The values themselves are kept by the addon, for all threads. */

const { isMainThread, threadId } = require('node:worker_threads');
const { binding, unwrap } = require('./native.js');
const { configureOptions } = require('./options.js');

/** `caller`: the function of the contract. */
function configure(options, caller) {
  unwrap(binding.configure(configureOptions(options), `configure()${placeOf(caller)}`));
}

/** Where `callee` was called, as far as a stack tells: the next `configure()` that disagrees names this one. */
function placeOf(callee) {
  const holder = {};
  Error.captureStackTrace(holder, callee);
  const frame = /\n\s+at (?:.*\()?([^()\n]+:\d+:\d+)\)?/.exec(String(holder.stack))?.[1];
  return `${frame === undefined ? '' : ` at ${frame}`}${isMainThread ? '' : ` in worker ${threadId}`}`;
}

module.exports = { configure };
