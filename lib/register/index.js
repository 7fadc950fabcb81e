'use strict';
/**
 * `node --import hs-wasm/register` (or `--require`): `.hs` and `.lhs` files can be imported and required.
 *
 * `require` opens a file by `require.extensions`. `import` gets an ES module that names the exports of what `require` gives, so
 * both share an instance; with a query (`./Fib.hs?2`) an import has one of its own. The names are known before anything runs,
 * so the file is compiled when it is imported. Where Node cannot call hooks on this thread (before 22.15), it does so on another.
 */

const module_ = require('node:module');
const { fileURLToPath, pathToFileURL } = require('node:url');
const { compileFile } = require('../import/compile.js');
const { openSource } = require('../import/open.js');
const { isHaskellUrl, withoutQuery } = require('../import/project.js');
const { forImporter } = require('../import/refusal.js');
const { standIn } = require('./stand-in.js');

for (const extension of ['.hs', '.lhs']) {
  module_._extensions[extension] = (module, file) => {
    module.exports = openSource(file);
  };
}

if (module_.registerHooks) {
  module_.registerHooks({ load });
} else {
  module_.register('./hooks.mjs', pathToFileURL(__filename));
}

function load(url, context, nextLoad) {
  if (!isHaskellUrl(url) || context.conditions.includes('require')) {
    return nextLoad(url, context);
  }
  const file = fileURLToPath(withoutQuery(url));
  const { names, error } = compileFile(file);
  if (error) {
    throw forImporter(error, file);
  }
  return standIn(url, names);
}
