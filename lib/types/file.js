'use strict';
/** Where the declaration file of a module belongs, and writing it. */

const fs = require('node:fs/promises');
const path = require('node:path');
const { HsWasmError } = require('../errors.js');
const { declarations } = require('./declare.js');

/**
 * `Fib.d.hs.ts` beside `Fib.hs`, which TypeScript reads for an import of that file; for anything else, `name.d.ts`: in a folder,
 * and beside a file.
 *
 * @param {string} input absolute path of what was compiled or loaded
 */
async function declarationFile(input) {
  const { dir, name, ext } = path.parse(input);
  if (ext === '.hs' || ext === '.lhs') {
    return path.join(dir, `${name}.d${ext}.ts`);
  }
  const isFolder = (await fs.stat(input)).isDirectory();
  return isFolder ? path.join(input, `${name}${ext}.d.ts`) : path.join(dir, `${name}.d.ts`);
}

/** What the option `types` of `compile()` asks for. */
async function writeTypes(module, input, types) {
  const file = types === true ? await declarationFile(input) : types;
  await writeDeclarations(file, declarations(module.exports, path.basename(input ?? file)));
}

/** Whether the file is there and has this text. */
async function isUpToDate(file, text) {
  return (await fs.readFile(file, 'utf8').catch(() => undefined)) === text;
}

/** Writes the file unless it has this text: who watches it is not woken in vain. */
async function writeDeclarations(file, text) {
  if (await isUpToDate(file, text)) {
    return;
  }
  try {
    await fs.writeFile(file, text);
  } catch (cause) {
    throw new HsWasmError('ERR_HS_IO', `cannot write the types to ${file}: ${cause.message}`, { cause });
  }
}

module.exports = { declarationFile, isUpToDate, writeDeclarations, writeTypes };
