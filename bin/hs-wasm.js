#!/usr/bin/env node
'use strict';
/**
 * The command line. Each command is a file of the folder `commands`, named after it, that exports
 * `{ summary, help, options, allowPositionals?, argumentsFollow?, run }`: `options` as of `util.parseArgs`,
 * `run(values, positionals)` the deed, which may give an exit code. With `argumentsFollow` options end at the first
 * positional, and `run` gets what follows it as a third.
 *
 * Exit codes: 0 done, 1 failed, 2 wrong usage.
 */

const { main } = require('./main.js');

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
