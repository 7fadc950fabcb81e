'use strict';
/** Runs a program with this process' terminal, as the command lines of wasm runtimes do. */

const flags = require('../compile-flags.js');
const { UsageError } = require('../usage-error.js');
const world = require('../world-flags.js');

const summary = 'run a program: Haskell with a main, or any WASI preview 1 command';

const help = `
Usage: hs-wasm run [options] <file> [--] [arguments]

Runs a .wasm file that is a WASI preview 1 command, or compiles and runs Haskell with a main: a .hs or
.lhs file, or a folder with a Main.hs. The program has this terminal's stdin, stdout and stderr, no
environment and no files but what is given to it. Its exit code is this one's.

Options, before the file:
${world.help}
  -h, --help                      print this

For Haskell also:
${flags.help}

Where the program has no exit code: 134 for a trap, 124 for a program that was out of time, 1 for
anything else, 2 for wrong usage.
`;

const options = {
  ...flags.options,
  ...world.options,
};

const TRAPPED = 134;
const OUT_OF_TIME = 124;

/** @param {string[]} rest what follows the file on the command line */
async function run(values, [file], rest) {
  if (file === undefined) {
    throw new UsageError('run: a file is needed (see hs-wasm run --help)');
  }
  const hsWasm = require('../../index.js');
  // A reader that has gone away is the program's to notice: its write fails.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => {});
  }
  try {
    const { exitCode } = await hsWasm.run(file, {
      ...flags.compileOptions(values),
      ...world.runOptions('run', values, rest),
    });
    return exitCode;
  } catch (error) {
    if (error instanceof hsWasm.TrapError) {
      const guest = error.stack.split('\n').filter((line, at) => at === 0 || line.includes('wasm-function['));
      process.stderr.write(`hs-wasm: ${guest.join('\n')}\n`);
      return TRAPPED;
    }
    if (error.limit === 'memory' && error.exitCode !== undefined) {
      return error.exitCode; // GHC's runtime has said why.
    }
    if (error.limit === 'time') {
      process.stderr.write(`hs-wasm: ${error.message}\n`);
      return OUT_OF_TIME;
    }
    throw error;
  }
}

/** What follows the file is the program's. */
const argumentsFollow = true;

module.exports = { summary, help, options, run, argumentsFollow, allowPositionals: true };
