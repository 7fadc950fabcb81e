'use strict';
const { UsageError } = require('./usage-error.js');

/** The only positional argument of `command`, which wants `what`. */
function one(positionals, command, what) {
  if (positionals.length !== 1) {
    const found = positionals.length === 0 ? 'none' : positionals.join(' ');
    throw new UsageError(`${command}: expected ${what}, found ${found} (see hs-wasm ${command} --help)`);
  }
  return positionals[0];
}

module.exports = { one };
