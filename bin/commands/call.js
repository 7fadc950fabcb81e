'use strict';
/** Calls one export, as one would at a prompt. */

const { inspect } = require('node:util');
const { hasColours } = require('../colours.js');
const flags = require('../compile-flags.js');
const { argumentsOf, exportOf } = require('../export.js');
const { UsageError } = require('../usage-error.js');

const summary = 'call an exported Haskell function';

const help = `
Usage: hs-wasm call <file.hs | module.wasm> <export> [arguments...] [options]

Compiles, instantiates, calls the export and prints what it gives (awaited if it is a promise). The arguments
are read by the types of the function: numbers, true and false; where a JavaScript value is wanted, JSON, or
text that is not JSON as a string. Put -- before arguments that begin with a dash.

  hs-wasm call Fib.hs fib 30
  hs-wasm call Shapes.hs area '{"width": 3, "height": 4}'

Options:
      --json                 print the result as JSON
${flags.help}
  -h, --help                 print this
`;

const options = { ...flags.options, json: { type: 'boolean' } };

const allowPositionals = true;

async function run(values, [input, name, ...args]) {
  if (input === undefined || name === undefined) {
    throw new UsageError('call: expected a file and the name of an export (see hs-wasm call --help)');
  }
  const { usualTier } = require('../../lib/options.js');
  const module = await flags.moduleOf(input, values, { tier: usualTier('quick') });
  const wanted = exportOf('call', module, input, name);
  const read = argumentsOf('call', wanted, args);
  const instance = await module.instantiate({ stdin: 'inherit' });
  try {
    const result = await instance.exports[name](...read);
    process.stdout.write(
      `${values.json ? json(result) : inspect(result, { depth: 6, colors: hasColours(process.stdout) })}\n`,
    );
  } finally {
    await instance.dispose();
  }
}

const json = (value) =>
  JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each), 2) ?? 'null';

module.exports = { summary, help, options, allowPositionals, run };
