'use strict';
/** Runs a program with this process' terminal, as the command lines of wasm runtimes do. */

const flags = require('../compile-flags.js');
const { UsageError } = require('../usage-error.js');

const summary = 'run a program: Haskell with a main, or any WASI preview 1 command';

const help = `
Usage: hs-wasm run [options] <file> [--] [arguments]

Runs a .wasm file that is a WASI preview 1 command, or compiles and runs Haskell with a main: a .hs or
.lhs file, or a folder with a Main.hs. The program has this terminal's stdin, stdout and stderr, no
environment and no files but what is given to it. Its exit code is this one's.

Options, before the file:
      --dir <host>[::<guest>]     a folder for the program, under the path <guest>, else as written
      --dir-ro <host>[::<guest>]  the same for reading only
      --env <name>=<value>        a variable for the program; <name> alone hands on this one's
      --rts <option>              an option of GHC's runtime: --rts=-A16m
      --timeout <time>            ends the program after 500ms, 10s, 2m
  -h, --help                      print this

For Haskell also:
${flags.help}

Where the program has no exit code: 134 for a trap, 124 for a program that was out of time, 1 for
anything else, 2 for wrong usage.
`;

const options = {
  ...flags.options,
  dir: { type: 'string', multiple: true },
  'dir-ro': { type: 'string', multiple: true },
  env: { type: 'string', multiple: true },
  rts: { type: 'string', multiple: true },
  timeout: { type: 'string' },
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
      args: rest[0] === '--' ? rest.slice(1) : rest,
      env: Object.fromEntries((values.env ?? []).map(variable)),
      preopens: Object.fromEntries([
        ...(values.dir ?? []).map((folder) => preopen(folder, false)),
        ...(values['dir-ro'] ?? []).map((folder) => preopen(folder, true)),
      ]),
      rtsOptions: values.rts,
      timeoutMs: values.timeout === undefined ? undefined : milliseconds(values.timeout),
      stdin: 'inherit',
      stdout: 'inherit',
      stderr: 'inherit',
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

function preopen(text, readOnly) {
  const [host, guest = host, ...more] = text.split('::');
  if (host === '' || guest === '' || more.length > 0) {
    throw new UsageError(`run: --dir takes <host> or <host>::<guest>, found '${text}'`);
  }
  return [guest, { path: host, readOnly }];
}

function variable(text) {
  const at = text.indexOf('=');
  return at === -1 ? [text, process.env[text]] : [text.slice(0, at), text.slice(at + 1)];
}

function milliseconds(text) {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  if (number === undefined) {
    throw new UsageError(`run: --timeout takes a time such as 500ms, 10s or 2m, found '${text}'`);
  }
  return Math.max(1, Math.ceil(number * { ms: 1, s: 1000, m: 60_000 }[unit]));
}

/** What follows the file is the program's. */
const argumentsFollow = true;

module.exports = { summary, help, options, run, argumentsFollow, allowPositionals: true };
