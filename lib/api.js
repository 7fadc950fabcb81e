'use strict';
/** The functions of the contract. */

const { cacheFolder } = require('./cache.js');
const { ManualClock } = require('./clock.js');
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
} = require('./errors.js');
const { Instance } = require('./instance.js');
const { later } = require('./later.js');
const { Module, loadModule } = require('./module.js');
const { combinedOptions, compileOptions, loadOptions, watchOptions } = require('./options.js');
const { toolchain } = require('./toolchain.js');

const compiler = later(() => require('./compiler.js'));
const configuring = later(() => require('./configure.js'));
const linker = later(() => require('./post-link.js'));
const types = later(() => require('./types/typed.js'));
const watching = later(() => require('./watch.js'));

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
