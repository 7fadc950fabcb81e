'use strict';
/** Whether everything works here, and what to do if not. */

const { coloured } = require('../colours.js');

const summary = 'check the compiler and everything else that is needed';

const help = `
Usage: hs-wasm doctor [--json]

Looks whether Haskell can be compiled and run here: which compiler is used and whether its programs work. Exits
with 1 if something is missing, and says what to do about it.

Options:
      --json    print the checks as JSON
  -h, --help    print this
`;

const options = { json: { type: 'boolean' } };

async function run({ json = false }) {
  const { toolchain } = require('../../index.js');
  const checks = await toolchain.doctor();
  const line = ({ name, ok, message, fix }) =>
    `${ok ? coloured(process.stdout, 'green', 'ok  ') : coloured(process.stdout, 'red', 'BAD ')} ${name}: ${message}${fix ? `\n     ${fix}` : ''}\n`;
  process.stdout.write(json ? `${JSON.stringify(checks, null, 2)}\n` : checks.map(line).join(''));
  return checks.every(({ ok }) => ok) ? 0 : 1;
}

module.exports = { summary, help, options, run };
