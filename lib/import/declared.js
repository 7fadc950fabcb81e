'use strict';
/** What a Haskell file says of itself without GHC. Only where GHC cannot be asked: comments are not told from code. */

const fs = require('node:fs');
const path = require('node:path');

const EXPORT = /^(?:>\s*)?foreign\s+export\s+\w+\s+(?:"([^"\s]+)[^"]*"\s*)?([\w']+)\s*::/gm;
const IMPORT = /^(?:>\s*)?import\s+(?:safe\s+)?(?:qualified\s+)?(?:"[^"]*"\s*)?([A-Z][\w.']*)/gm;
const HEADER = /^(?:>\s*)?module\s+([A-Z][\w.']*)/m;

/** The names of the foreign exports that the file declares. */
function declaredNames(file) {
  const found = [...read(file).matchAll(EXPORT)].map(([, name, binding]) => name ?? binding);
  return [...new Set(found)];
}

/** The files that the module with this `text` imports and that lie where the import path begins. */
function importedFiles(text, file) {
  const name = HEADER.exec(text)?.[1] ?? '';
  const stem = file.replace(/\.l?hs$/, '');
  const own = name.replaceAll('.', path.sep);
  const root = name !== '' && stem.endsWith(path.sep + own) ? stem.slice(0, -own.length) : path.dirname(file);
  return [...text.matchAll(IMPORT)].flatMap(([, imported]) =>
    ['.hs', '.lhs']
      .map((extension) => path.join(root, imported.replaceAll('.', path.sep) + extension))
      .filter((candidate) => fs.existsSync(candidate)),
  );
}

function read(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return ''; // Whoever compiles it says why.
  }
}

module.exports = { declaredNames, importedFiles };
