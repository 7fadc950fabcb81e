'use strict';
/** Haskell or wasm → a declaration file for TypeScript. */

const path = require('node:path');
const flags = require('../compile-flags.js');
const { one } = require('../one.js');
const { UsageError } = require('../usage-error.js');

const summary = "write the types of a module's exports for TypeScript";

const help = `
Usage: hs-wasm types <file.hs | folder | module.wasm> [-o <file.ts>] [options]

Writes a declaration file with the types of the foreign exports: as they cross (Exports, and the functions
that import { f } from './Foo.hs' has), and as typed(instance) gives them (Typed). Haddock comments come along.

Options:
  -o, --output <file>        the file to write (Foo.d.hs.ts beside Foo.hs, which TypeScript reads with
                             allowArbitraryExtensions; name.d.ts for folders, packages and wasm)
      --check                write nothing; exit with 1 if the file is not what would be written
      --json                 print what was written as JSON
${flags.help}
  -h, --help                 print this
`;

const options = {
  ...flags.options,
  ...flags.output,
  check: { type: 'boolean' },
};

const allowPositionals = true;

async function run({ output, check = false, json = false, ...values }, positionals) {
  const input = one(positionals, 'types', 'one file or folder');
  const { declarations } = require('../../lib/types/declare.js');
  const { declarationFile, isUpToDate, writeDeclarations } = require('../../lib/types/file.js');
  const { exports } = await flags.moduleOf(input, values);
  if (exports.length === 0) {
    throw new UsageError(`types: ${input} has no foreign exports, so there are no types to write`);
  }
  const file = path.resolve(output ?? (await declarationFile(path.resolve(input))));
  const text = declarations(exports, path.basename(path.resolve(input)));
  const shown = path.relative('', file);
  const names = exports.map(({ name }) => name);
  const isRight = await isUpToDate(file, text);
  if (!check) {
    await writeDeclarations(file, text);
  }
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ output: shown, exports: names, upToDate: isRight }, null, 2)}\n`,
    );
  } else if (check && !isRight) {
    process.stderr.write(`hs-wasm: ${shown} is not up to date; run hs-wasm types ${input}\n`);
  } else {
    process.stdout.write(`${shown}: ${check ? 'up to date' : names.join(', ')}\n`);
  }
  return check && !isRight ? 1 : 0;
}

module.exports = { summary, help, options, allowPositionals, run };
