'use strict';
/** Haskell or wasm → a folder or zip file that runs where only Node is. */

const fs = require('node:fs/promises');
const os = require('node:os');
const path = require('node:path');
const flags = require('../compile-flags.js');
const { one } = require('../one.js');
const { UsageError } = require('../usage-error.js');

const summary = 'make a folder or zip file that runs where only Node is';

const help = `
Usage: hs-wasm bundle <file.hs | folder | module.wasm> -o <folder | file.zip> [options]

Writes the module, machine code for it, a wrapper with types (index.mjs) and the part of hs-wasm that runs
modules, for this platform: for AWS Lambda and other serverless hosts, and for containers. Where it runs,
nothing is compiled and nothing is written.

Options:
  -o, --output <path>        a folder that is not there yet, or a .zip file
      --include <file>       put a file beside the wrapper, such as a handler that imports ./index.mjs; again for more
      --cpu <any|this>       code for every processor of this architecture (any), or what this one does best
      --json                 print what was written as JSON
${flags.help}
  -h, --help                 print this
`;

const options = {
  ...flags.options,
  ...flags.output,
  include: { type: 'string', multiple: true },
  cpu: { type: 'string' },
};

const allowPositionals = true;

async function run({ output, include = [], cpu = 'any', json = false, ...values }, positionals) {
  const input = one(positionals, 'bundle', 'one file or folder');
  if (output === undefined) {
    throw new UsageError('bundle: -o <folder | file.zip> is needed');
  }
  if (!['any', 'this'].includes(cpu)) {
    throw new UsageError(`bundle: --cpu takes any or this, found '${cpu}'`);
  }
  const isZip = output.endsWith('.zip');
  if (!isZip && (await exists(output))) {
    throw new UsageError(`bundle: ${output} is there already; remove it, or name another folder`);
  }
  const { bundleFiles, writeFolder, zip } = require('../../lib/bundle.js');
  const source = path.basename(path.resolve(input));
  const module = await flags.moduleOf(input, values);
  if (module.mainExport !== null) {
    throw new UsageError(
      `bundle: ${input} is a program that uses JavaScript, which a wrapper cannot run; export its work as a function ` +
        '(foreign export javascript) and bundle that',
    );
  }
  const scratch = await fs.mkdtemp(path.join(os.tmpdir(), 'hs-wasm-bundle-'));
  try {
    const name = source.replace(/\.\w+$/, '').toLowerCase();
    const files = await bundleFiles(module, { name, source, cpu, include, scratch });
    if (isZip) {
      await fs.writeFile(output, zip(files));
    } else {
      // Whole or not at all.
      const made = `${output}.${process.pid}.tmp`;
      await writeFolder(made, files).then(
        () => fs.rename(made, output),
        async (error) => {
          await fs.rm(made, { recursive: true, force: true });
          throw error;
        },
      );
    }
    report({ output, files: [...files.keys()], bytes: await sizeOf(output, files, isZip) }, json);
  } finally {
    await fs.rm(scratch, { recursive: true, force: true });
  }
}

async function sizeOf(output, files, isZip) {
  if (isZip) {
    return (await fs.stat(output)).size;
  }
  return [...files.values()].reduce((sum, content) => sum + Buffer.byteLength(content), 0);
}

function report({ output, files, bytes }, json) {
  const { megabytes } = require('../../lib/units.js');
  const text = json
    ? JSON.stringify({ output, files, bytes }, null, 2)
    : `${output}: ${files.length} files, ${megabytes(bytes)}`;
  process.stdout.write(`${text}\n`);
}

async function exists(file) {
  return fs.stat(file).then(
    () => true,
    () => false,
  );
}

module.exports = { summary, help, options, allowPositionals, run };
