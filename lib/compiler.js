'use strict';
/** Haskell source → a module. */

const path = require('node:path');
const { cacheFolder } = require('./cache.js');
const { channels, trace } = require('./channels.js');
const { work } = require('./job.js');
const { later } = require('./later.js');
const { loadModule, loadModuleSync } = require('./module.js');
const { binding, unwrap } = require('./native.js');
const { RECIPES } = require('./recipes.js');
const { lintSnippets } = require('./snippet-lint.js');

const files = later(() => require('node:fs/promises'));
const optimizer = later(() => require('./optimize.js'));
const starts = later(() => require('./preinitialize.js'));
const typeFiles = later(() => require('./types/file.js'));

/** The Haskell modules that come with the package: those whose names begin with `HsWasm`. */
const LIBRARY = path.join(__dirname, '..', 'haskell', 'hs-wasm', 'src');

/** What `compile()` does, with options that have been checked. */
async function compileModule(options, hints) {
  return told(options, (attributes) => compileTold(options, hints, attributes));
}

/** Has `run(attributes)` heard of as a span. */
function told({ input, optimize: level }, run) {
  const attributes = { 'code.file.path': input.path, 'hs_wasm.optimize': level };
  return trace(channels.compile, 'hs-wasm compile', attributes, run);
}

async function compileTold({ input, optimizeWasm, types, tier, ...options }, hints, attributes) {
  const { preinitialize: settings, signal, onProgress } = options;
  const artifact = await build({ input, ...options }, hints);
  const { wasm, hash } = artifact.info();
  const known = described(artifact, input, attributes);
  const cache = options.cache ? cacheFolder() : undefined;
  const how = { cacheFolder: cache, tier, signal, onProgress };
  const made = { path: wasm };
  const linked = () =>
    optimizeWasm ? optimizer().optimize(wasm, optimizeWasm, { hash, ...how }) : files().readFile(wasm);
  if (settings) {
    const origin = [hash, optimizeWasm];
    made.bytes = await starts().preinitialize(linked, settings, { origin, name: known.name, ...how });
  } else if (optimizeWasm) {
    made.bytes = await linked();
  }
  if (made.bytes && options.outDir) {
    await files().writeFile(wasm, made.bytes);
  }
  const module = await loadModule(made, { ...how, ...known, tier: tierFor(known, tier) });
  artifact.info(); // Until here the file must live, and it lives no longer than the artifact.
  if (types) {
    await typeFiles().writeTypes(module, input.path, types);
  }
  return module;
}

/** The same for `require`, which cannot wait: the thread is blocked meanwhile. Without the steps after the linker, which are asynchronous. */
function compileModuleSync({ input, tier, ...options }) {
  return told({ input, ...options }, (attributes) => {
    const artifact = buildSync({ input, ...options });
    const known = described(artifact, input, attributes);
    const cache = options.cache ? cacheFolder() : undefined;
    const module = loadModuleSync(artifact.info().wasm, {
      cacheFolder: cache,
      ...known,
      tier: tierFor(known, tier),
    });
    artifact.info();
    return module;
  });
}

/**
 * The artifact alone: no machine code is made. `onSeen` is told what the compiler looked at, also if it fails, and the hash of
 * what it made.
 */
function build({ input, ...options }, { forRun = false, onSeen } = {}) {
  return work(options, async (job) => {
    const outcome = await binding.compile(request(input, options, forRun), job);
    onSeen?.({ ...job.seen(), hash: outcome.error ? undefined : unwrap(outcome).info().hash });
    return outcome;
  });
}

/** @see build */
function buildSync({ input, ...options }) {
  return unwrap(binding.compileSync(request(input, options, false)));
}

function request({ source, path: file }, given, forceRun) {
  const { signal: _signal, onProgress: _onProgress, tier: _tier, ...options } = given;
  return {
    ...withoutNulls(options),
    preinitialize: Boolean(options.preinitialize),
    source,
    path: file,
    forceRun,
    recipe: RECIPES,
    library: LIBRARY,
  };
}

/** What is known of the module that the artifact's file holds; `attributes` get what listeners are told. */
function described(artifact, input, attributes) {
  const { name: own, main, warnings, snippets, cached } = artifact.info();
  const name = own ?? nameOf(input);
  attributes['hs_wasm.module.name'] = name;
  attributes['hs_wasm.cache.hit'] = cached;
  return {
    name,
    main: main ?? null,
    warnings: [...warnings, ...lintSnippets(snippets)],
    sources: snippets,
  };
}

/** A program with JSFFI is a library of one export, but may compute for long in it. */
const tierFor = ({ main }, tier) => tier ?? (main === null ? null : 'optimized');

/** The program's name: of the file or folder that was compiled. */
function nameOf({ path: file }) {
  return file === undefined ? 'main' : path.basename(file).replace(/\.l?hs$/, '');
}

const withoutNulls = (options) =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null));

module.exports = { compileModule, compileModuleSync, build, buildSync };
