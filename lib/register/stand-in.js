'use strict';
/** What a load hook gives for a `.hs` file. */

const { fileURLToPath, pathToFileURL } = require('node:url');
const { esModule, exported } = require('../import/emit.js');
const { withoutQuery } = require('../import/project.js');

/** The ES module for `url`, with the exports `names`. */
function standIn(url, names) {
  const plain = withoutQuery(url);
  const file = fileURLToPath(plain);
  const shared = `import { createRequire } from 'node:module';
const haskell = createRequire(${JSON.stringify(plain)})(${JSON.stringify(file)});
${exported(names, (name) => `haskell[${JSON.stringify(name)}]`)}`;
  const source = plain === url ? shared : esModule(file, names, (own) => pathToFileURL(own).href);
  return { format: 'module', source, shortCircuit: true };
}

module.exports = { standIn };
