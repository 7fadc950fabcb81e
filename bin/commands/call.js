'use strict';
/** Calls one export, as one would at a prompt. */

const { inspect } = require('node:util');
const flags = require('../compile-flags.js');
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
  const { compile, load } = require('../../index.js');
  const module = input.endsWith('.wasm')
    ? await load(input)
    : await compile(input, flags.compileOptions(values));
  const wanted = module.exports.find((each) => each.name === name);
  if (!wanted) {
    const names = module.exports.map((each) => each.name).join(', ') || 'none';
    throw new UsageError(`call: ${input} has no export ${name}; its exports are ${names}`);
  }
  if (wanted.params.length !== args.length) {
    throw new UsageError(
      `call: ${name} takes ${wanted.params.length} arguments (${wanted.params.join(', ')}), found ${args.length}`,
    );
  }
  const read = args.map((text, place) => argument(text, wanted.params[place], place + 1));
  const instance = await module.instantiate({ stdin: 'inherit' });
  try {
    const result = await instance.exports[name](...read);
    process.stdout.write(`${values.json ? json(result) : inspect(result, { depth: 6 })}\n`);
  } finally {
    await instance.dispose();
  }
}

const BOOLEANS = { true: 1, false: 0 };

/** The text of an argument as a value of the wasm type `type`. */
function argument(text, type, place) {
  if (type === 'externref') {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  const wrong = (what) =>
    new UsageError(`call: argument ${place} must be ${what}, found ${JSON.stringify(text)}`);
  if (type === 'i64') {
    if (!/^[+-]?(\d+|0x[\da-f]+)$/i.test(text)) throw wrong('an integer');
    return BigInt(text);
  }
  const number = Object.hasOwn(BOOLEANS, text) ? BOOLEANS[text] : Number(text);
  if (text.trim() === '' || (Number.isNaN(number) && text !== 'NaN')) throw wrong('a number');
  if (type === 'i32' && !Number.isInteger(number)) throw wrong('an integer');
  return number;
}

const json = (value) =>
  JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each), 2) ?? 'null';

module.exports = { summary, help, options, allowPositionals, run };
