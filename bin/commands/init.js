'use strict';
/** A new project. */

const fs = require('node:fs/promises');
const path = require('node:path');
const { version } = require('../../package.json');
const { one } = require('../one.js');
const { UsageError } = require('../usage-error.js');

const summary = 'make a new project with a Haskell module and a test';

const help = `
Usage: hs-wasm init <folder> [options]

Makes a folder with a package.json, a Haskell module, JavaScript that opens it, a test, a README and a
.gitignore. The folder must not exist, or be empty save for a repository's .git.

  npx hs-wasm init my-lib
  cd my-lib && npm install && npm test

Options:
      --name <name>          the package's name (that of the folder)
      --json                 print what was made as JSON
  -h, --help                 print this
`;

const options = { name: { type: 'string' }, json: { type: 'boolean' } };

const allowPositionals = true;

const TEMPLATE = path.join(__dirname, '..', 'templates', 'library');

/** Files of the template that have another name there. Npm leaves a `.gitignore` out of packages. */
const renamed = (file, module) =>
  file.replace(/^gitignore$/, '.gitignore').replace('Module.hs', `${module}.hs`);

async function run({ name, json = false }, positionals) {
  const folder = path.resolve(one(positionals, 'init', 'the folder to make'));
  const packageName = checked(name ?? path.basename(folder));
  await checkEmpty(folder);
  const module = moduleName(packageName);
  const values = { name: packageName, module, version };
  const files = [];
  for (const file of await templateFiles()) {
    const text = await fs.readFile(path.join(TEMPLATE, file), 'utf8');
    const target = renamed(file, module);
    await fs.mkdir(path.dirname(path.join(folder, target)), { recursive: true });
    await fs.writeFile(
      path.join(folder, target),
      text.replace(/\{\{(\w+)\}\}/g, (_, key) => values[key]),
    );
    files.push(target);
  }
  const shown = path.relative('', folder) || '.';
  process.stdout.write(
    json
      ? `${JSON.stringify({ folder: shown, name: packageName, module, files }, null, 2)}\n`
      : `${shown}: ${files.join(', ')}\n\nNext:\n${shown === '.' ? '' : `  cd ${shown}\n`}  npm install\n  npm test\n`,
  );
}

async function templateFiles() {
  const entries = await fs.readdir(TEMPLATE, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(TEMPLATE, path.join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

/** A name that npm accepts and that a Haskell module can be called after. */
function checked(name) {
  const own = name.replace(/^@[a-z\d~-][a-z\d._~-]*\//, '');
  if (!/^[a-z][a-z\d._-]*$/.test(own) || name.length > 214 || !/[a-z\d]$/.test(own)) {
    throw new UsageError(
      `init: '${name}' cannot be the name of a package: expected lower-case letters, digits, '-', '_' and '.', beginning ` +
        "with a letter, such as 'my-lib'; choose another with --name",
    );
  }
  if (['hs-wasm', 'jest'].includes(name)) {
    throw new UsageError(`init: a package ${name} cannot depend on ${name}; choose another name with --name`);
  }
  return name;
}

/** `my-lib` makes `MyLib`. Names that Haskell or hs-wasm has already get a suffix. */
function moduleName(name) {
  const words = name.replace(/^@.*\//, '').split(/[^a-z\d]+/);
  const joined = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('');
  return /^(Main|Prelude|HsWasm.*)$/.test(joined) ? `${joined}Lib` : joined;
}

async function checkEmpty(folder) {
  const found = await fs.readdir(folder).catch((error) => {
    if (error.code === 'ENOENT') {
      return [];
    }
    const why = error.code === 'ENOTDIR' ? 'it is a file' : error.message;
    throw new UsageError(`init: cannot make the folder ${folder}: ${why}`);
  });
  const there = found.filter((name) => name !== '.git').sort();
  if (there.length > 0) {
    const list =
      there.length > 3 ? `${there.slice(0, 3).join(', ')} and ${there.length - 3} more` : there.join(', ');
    throw new UsageError(`init: ${folder} is not empty (${list}); name a folder that does not exist yet`);
  }
}

module.exports = { summary, help, options, allowPositionals, run };
