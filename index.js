'use strict';
/** The contract of the package; `index.d.ts` describes it. */

const { cacheFolder } = require('./lib/cache.js');
const { ManualClock } = require('./lib/clock.js');
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
const { later } = require('./lib/later.js');
const { Module, loadModule } = require('./lib/module.js');
const { combinedOptions, compileOptions, loadOptions, watchOptions } = require('./lib/options.js');
const { toolchain } = require('./lib/toolchain.js');

const compiler = later(() => require('./lib/compiler.js'));
const configuring = later(() => require('./lib/configure.js'));
const linker = later(() => require('./lib/post-link.js'));
const types = later(() => require('./lib/types/typed.js'));
const watching = later(() => require('./lib/watch.js'));

async function compile(input, options) {
  return compileChecked(compileOptions(input, options));
}

function watch(input, options, onChange) {
  const checked = watchOptions(input, options, onChange);
  return new (watching().Watcher)(checked.options, checked.onChange);
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
  return toCompile ? compileChecked(toCompile, how) : loadChecked(toLoad);
}

function compileChecked(checked, how) {
  return compiler().compileModule(checked, how);
}

function loadChecked({ input, cache, ...options }) {
  return loadModule(input, { cacheFolder: cache ? cacheFolder() : undefined, ...options });
}

function typed(instance) {
  return types().typed(instance);
}

function postLink(wasm) {
  return linker().postLink(wasm);
}

function configure(options) {
  return configuring().configure(options, configure);
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
