'use strict';
/** Haskell source → a module. */

const fs = require('node:fs/promises');
const path = require('node:path');
const { cacheFolder } = require('./cache.js');
const { work } = require('./job.js');
const { loadModule } = require('./module.js');
const { binding } = require('./native.js');
const { optimize } = require('./optimize.js');
const { lintSnippets } = require('./snippet-lint.js');

/** What `compile()` does, with options that have been checked. */
async function compileModule(
  { input, optimizeWasm, signal, onProgress, ...options },
  { forRun = false } = {},
) {
  const request = { ...withoutNulls(options), source: input.source, path: input.path, forceRun: forRun };
  const artifact = await work({ signal, onProgress }, (job) => binding.compile(request, job));
  const { wasm, hash, main, warnings, snippets } = artifact.info();
  const known = {
    name: nameOf(input),
    main: main ?? null,
    warnings: [...warnings, ...lintSnippets(snippets)],
    sources: snippets,
  };
  const cache = options.cache ? cacheFolder() : undefined;
  const how = { cacheFolder: cache, signal, onProgress };
  const made = { path: wasm };
  if (optimizeWasm) {
    made.bytes = await optimize(wasm, optimizeWasm, { hash, ...how });
    if (options.outDir) {
      await fs.writeFile(wasm, made.bytes);
    }
  }
  const module = await loadModule(made, { ...how, ...known });
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
