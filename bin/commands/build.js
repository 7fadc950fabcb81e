'use strict';
/** Haskell → a wasm file. */

const fs = require('node:fs/promises');
const path = require('node:path');
const flags = require('../compile-flags.js');
const { one } = require('../one.js');

const summary = 'compile Haskell to a wasm file';

const help = `
Usage: hs-wasm build <file.hs | folder> [-o <file.wasm>] [options]

Compiles Haskell to WebAssembly. What is exported follows from the foreign exports in the source; a program
with a main becomes a command. GHC's warnings go to stderr.

Options:
  -o, --output <file>        the file to write (the name of the input with .wasm, in this folder)
      --post-link <file>     also write the JavaScript that the module needs outside hs-wasm
      --json                 print what was built as JSON
${flags.help}
  -h, --help                 print this
`;

const options = {
  ...flags.options,
  output: { type: 'string', short: 'o' },
  'post-link': { type: 'string' },
  json: { type: 'boolean' },
};

const allowPositionals = true;

async function run(values, positionals) {
  const input = one(positionals, 'build', 'one file or folder');
  const { compile, postLink } = require('../../index.js');
  const module = await compile(input, flags.compileOptions(values));
  const output = values.output ?? `${path.basename(path.resolve(input)).replace(/\.(l?hs|cabal)$/, '')}.wasm`;
  await fs.writeFile(output, module.wasm);
  if (values['post-link'] !== undefined) {
    await fs.writeFile(values['post-link'], postLink(module.wasm));
  }
  for (const { message, file, line, column } of module.warnings) {
    const place = file ? `${[file, line, column].filter((each) => each != null).join(':')}: ` : '';
    process.stderr.write(`${place}warning: ${message}\n`);
  }
  const { kind, abi, exports, warnings } = module;
  const bytes = module.wasm.length;
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ output, kind, abi, bytes, exports, warnings }, null, 2)}\n`
      : `${output}: ${kind}, ${bytes.toLocaleString('en')} bytes${exports.length > 0 ? `, exports ${exports.map(({ name }) => name).join(', ')}` : ''}\n`,
  );
}

module.exports = { summary, help, options, allowPositionals, run };
