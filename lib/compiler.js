'use strict';
/** Haskell source → a module. */

const path = require('node:path');
const { cacheFolder } = require('./cache.js');
const { work } = require('./job.js');
const { loadModule } = require('./module.js');
const { binding } = require('./native.js');
const { lintSnippets } = require('./snippet-lint.js');

/** What `compile()` does, with options that have been checked. */
async function compileModule({ input, signal, onProgress, ...options }, { forRun = false } = {}) {
  const request = { ...withoutNulls(options), source: input.source, path: input.path, forceRun: forRun };
  const artifact = await work({ signal, onProgress }, (job) => binding.compile(request, job));
  const { wasm, main, warnings, snippets } = artifact.info();
  const known = {
    name: nameOf(input),
    main: main ?? null,
    warnings: [...warnings, ...lintSnippets(snippets)],
    sources: snippets,
  };
  const cache = options.cache ? cacheFolder() : undefined;
  const module = await loadModule({ path: wasm }, { cacheFolder: cache, signal, onProgress, ...known });
  artifact.info(); // Until here the file must live, and it lives no longer than the artifact.
  return module;
}

/** The program's name: of the file or folder that was compiled. */
function nameOf({ path: file }) {
  return file === undefined ? 'main' : path.basename(file).replace(/\.l?hs$/, '');
}

const withoutNulls = (options) =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null));

module.exports = { compileModule };
