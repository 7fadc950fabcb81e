'use strict';
/** Haskell source → a module. */

const fs = require('node:fs/promises');
const path = require('node:path');
const { cacheFolder } = require('./cache.js');
const { channels, trace } = require('./channels.js');
const { work } = require('./job.js');
const { loadModule } = require('./module.js');
const { binding, unwrap } = require('./native.js');
const { optimize } = require('./optimize.js');
const { RECIPES } = require('./recipes.js');
const { lintSnippets } = require('./snippet-lint.js');

/** What `compile()` does, with options that have been checked. */
async function compileModule(options, how) {
  const { path: file } = options.input;
  const attributes = { 'code.file.path': file, 'hs_wasm.optimize': options.optimize };
  return trace(channels.compile, 'hs-wasm compile', attributes, (known) =>
    compileTraced(options, how, known),
  );
}

async function compileTraced(
  { input, optimizeWasm, signal, onProgress, ...options },
  { forRun = false, onSeen } = {},
  attributes,
) {
  const { source, path: file } = input;
  const request = { ...withoutNulls(options), source, path: file, forceRun: forRun, recipe: RECIPES };
  const artifact = await work({ signal, onProgress }, async (job) => {
    const outcome = await binding.compile(request, job);
    onSeen?.({ ...job.seen(), hash: outcome.error ? undefined : unwrap(outcome).info().hash });
    return outcome;
  });
  const { wasm, hash, name, main, warnings, snippets, cached } = artifact.info();
  const known = {
    name: name ?? nameOf(input),
    main: main ?? null,
    warnings: [...warnings, ...lintSnippets(snippets)],
    sources: snippets,
  };
  attributes['hs_wasm.module.name'] = known.name;
  attributes['hs_wasm.cache.hit'] = cached;
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
