#!/usr/bin/env node
'use strict';
/**
 * The command line. Each command is a file of the folder `commands`, named after it, that exports
 * `{ summary, help, options, allowPositionals?, run }`: `options` as of `util.parseArgs`, `run(values, positionals)` the deed.
 *
 * Exit codes: 0 done, 1 failed, 2 wrong usage.
 */

const { main } = require('./main.js');

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
