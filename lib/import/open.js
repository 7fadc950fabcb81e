'use strict';
/**
 * From a `.hs` file or a wasm file to the exports of an instance, at once, as `require` needs it.
 *
 * Whoever imports sees functions only, so nobody can dispose of the instance: it ends when they are garbage, or by `closeAll`.
 */

const { fileURLToPath } = require('node:url');
const { compileModuleSync } = require('../compiler.js');
const { cacheFolder } = require('../cache.js');
const { CompileError } = require('../errors.js');
const { loadModuleSync } = require('../module.js');
const { instanceOptions, usualTier } = require('../options.js');
const { compilation } = require('./project.js');
const { forImporter } = require('./refusal.js');

const opened = new Set();
const gone = new FinalizationRegistry((reference) => opened.delete(reference));

/** The exports of a new instance of the Haskell `file`. */
function openSource(file) {
  try {
    return exportsOf(compileModuleSync(compilation(file)));
  } catch (error) {
    throw error instanceof CompileError ? forImporter(error, file) : error;
  }
}

/**
 * The exports of a new instance of a wasm file.
 *
 * @param {string | URL} wasm a path or a `file:` URL
 * @param {{ name?: string }} [options] the name of the program
 */
function open(wasm, { name } = {}) {
  const file = wasm instanceof URL || String(wasm).startsWith('file:') ? fileURLToPath(wasm) : wasm;
  const named = name === undefined ? {} : { name };
  return exportsOf(loadModuleSync(file, { cacheFolder: cacheFolder(), tier: usualTier('quick'), ...named }));
}

function exportsOf(module) {
  const instance = module.instantiateSync(instanceOptions());
  const reference = new WeakRef(instance);
  opened.add(reference);
  gone.register(instance, reference);
  return instance.exports;
}

/** Disposes of every instance that was opened here. */
function closeAll() {
  for (const reference of opened) {
    reference.deref()?.dispose();
  }
  opened.clear();
}

module.exports = { open, openSource, closeAll };
