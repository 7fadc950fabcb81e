'use strict';
/** The export that a command line names, and its arguments. */

const { UsageError } = require('./usage-error.js');

const BOOLEANS = { true: 1, false: 0 };

/** What `module`, which was made of `input`, says of the export `name`. */
function exportOf(command, module, input, name) {
  const wanted = module.exports.find((each) => each.name === name);
  if (!wanted) {
    const names = module.exports.map((each) => each.name).join(', ') || 'none';
    throw new UsageError(`${command}: ${input} has no export ${name}; its exports are ${names}`);
  }
  return wanted;
}

/** The texts `args` as the values that the export takes. */
function argumentsOf(command, { name, params }, args) {
  if (params.length !== args.length) {
    throw new UsageError(
      `${command}: ${name} takes ${params.length} arguments (${params.join(', ')}), found ${args.length}`,
    );
  }
  return args.map((text, place) => argument(command, text, params[place], place + 1));
}

/** The text of an argument as a value of the wasm type `type`. */
function argument(command, text, type, place) {
  if (type === 'externref') {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  const wrong = (what) =>
    new UsageError(`${command}: argument ${place} must be ${what}, found ${JSON.stringify(text)}`);
  if (type === 'i64') {
    if (!/^[+-]?(\d+|0x[\da-f]+)$/i.test(text)) throw wrong('an integer');
    return BigInt(text);
  }
  const number = Object.hasOwn(BOOLEANS, text) ? BOOLEANS[text] : Number(text);
  if (text.trim() === '' || (Number.isNaN(number) && text !== 'NaN')) throw wrong('a number');
  if (type === 'i32' && !Number.isInteger(number)) throw wrong('an integer');
  return number;
}

module.exports = { argumentsOf, exportOf };
