'use strict';
/** GHC's wasm backend on this machine. */

const path = require('node:path');
const { cacheFolder } = require('./cache.js');
const { later } = require('./later.js');
const { binding, unwrap } = require('./native.js');
const { installOptions, packOptions, toolchainId } = require('./options.js');

const doctors = later(() => require('./doctor.js'));
const downloads = later(() => require('./download.js'));
const jobs = later(() => require('./job.js'));
const recipes = later(() => require('./recipes.js'));

/** The compiler that `compile()` uses, or `null`. */
async function find() {
  const outcome = await binding.findToolchain(undefined);
  const isAbsent = outcome.error?.code === 'ERR_HS_TOOLCHAIN_NOT_FOUND' && !process.env.HS_WASM_GHC;
  return isAbsent ? null : unwrap(outcome);
}

/** The folder of that compiler's commands, or `null`. */
async function commands() {
  const found = await find();
  return found && path.dirname(found.ghc);
}

/** Builds our own compiler, or takes it from an archive, unless it is there. */
async function install(options) {
  const { quietly, work } = jobs();
  const { jobs: threads, from, signal, onProgress } = installOptions(options);
  const began = Date.now();
  // One clock over the download and the work that follows.
  const told = onProgress && quietly((at) => onProgress({ ...at, elapsedMs: Date.now() - began }));
  const start = (file) =>
    work({ signal, onProgress: told }, (job) =>
      binding.installToolchain(
        {
          recipe: recipes().RECIPES,
          node: process.execPath,
          jobs: threads ?? undefined,
          from: file,
          fromName: from?.url ?? file,
        },
        job,
      ),
    );
  const isInstalled = binding
    .listToolchains()
    .some(({ isCurrent, version }) => isCurrent && version !== null);
  if (from?.url === undefined || isInstalled) {
    return start(from?.path);
  }
  const folder = path.join(cacheFolder(), 'toolchains');
  return downloads().withDownload(from.url, { folder, signal, onProgress: told ?? (() => {}) }, start);
}

/** Packs our own compiler into one file. */
async function pack(file, options) {
  const { path: target, signal, onProgress } = packOptions(file, options);
  return jobs().work({ signal, onProgress }, (job) => binding.packToolchain(target, job));
}

/** The compilers that hs-wasm installed, finished or not. */
async function list() {
  return binding.listToolchains();
}

/** Removes one of them. */
async function remove(id) {
  return jobs().work({}, (job) => binding.removeToolchain(toolchainId(id), job));
}

/** What there is, whether it works, and how to mend it. */
async function doctor() {
  return doctors().doctor();
}

module.exports = { toolchain: { find, path: commands, install, pack, list, remove, doctor } };
