'use strict';
/** The contract of the package; `index.d.ts` describes it. */

const { cacheFolder } = require('./lib/cache.js');
const { ManualClock } = require('./lib/clock.js');
const { compileModule } = require('./lib/compiler.js');
const { configure } = require('./lib/configure.js');
const {
  HsWasmError,
  ToolchainError,
  CompileError,
  LinkError,
  ExitError,
  TrapError,
  LimitError,
  ClosedError,
  AbortError,
} = require('./lib/errors.js');
const { Instance } = require('./lib/instance.js');
const { Module, loadModule } = require('./lib/module.js');
const { combinedOptions, compileOptions, loadOptions, watchOptions } = require('./lib/options.js');
const { postLink } = require('./lib/post-link.js');
const { toolchain } = require('./lib/toolchain.js');
const { typed } = require('./lib/types/typed.js');
const { Watcher } = require('./lib/watch.js');

async function compile(input, options) {
  return compileModule(compileOptions(input, options));
}

function watch(input, options, onChange) {
  const checked = watchOptions(input, options, onChange);
  return new Watcher(checked.options, checked.onChange);
}

async function load(input, options) {
  return loadChecked(loadOptions(input, options));
}

async function instantiate(input, options) {
  const { instance, ...module } = combinedOptions(input, options);
  return (await prepare(module)).instantiateChecked(instance);
}

async function run(input, options) {
  const { instance, ...module } = combinedOptions(input, options, { command: true });
  return (await prepare(module, { forRun: true })).runChecked(instance);
}

/** Compiles or loads, whichever the checked options say. */
function prepare({ compile: toCompile, load: toLoad }, how) {
  return toCompile ? compileModule(toCompile, how) : loadChecked(toLoad);
}

function loadChecked({ input, cache, ...options }) {
  return loadModule(input, { cacheFolder: cache ? cacheFolder() : undefined, ...options });
}

module.exports = {
  compile,
  watch,
  load,
  instantiate,
  run,
  typed,
  postLink,
  configure,
  toolchain,
  Module,
  Instance,
  ManualClock,
  HsWasmError,
  ToolchainError,
  CompileError,
  LinkError,
  ExitError,
  TrapError,
  LimitError,
  ClosedError,
  AbortError,
};
