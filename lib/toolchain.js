'use strict';
/** GHC's wasm backend on this machine. */

const path = require('node:path');
const { compileModule } = require('./compiler.js');
const { cacheFolder } = require('./cache.js');
const { work } = require('./job.js');
const { binding, unwrap } = require('./native.js');
const { compileOptions, installOptions } = require('./options.js');

/** The recipe that comes with the package. */
const RECIPE = path.join(__dirname, '..', 'toolchain');

/** The compiler that `compile()` uses, or `null`. */
async function find() {
  const outcome = await binding.findToolchain(undefined);
  const isAbsent = outcome.error?.code === 'ERR_HS_TOOLCHAIN_NOT_FOUND' && !process.env.HS_WASM_GHC;
  return isAbsent ? null : unwrap(outcome);
}

/** Builds our own compiler, unless it is there. */
async function install(options) {
  const { jobs, signal, onProgress } = installOptions(options);
  return work({ signal, onProgress }, (job) => binding.installToolchain(RECIPE, jobs ?? undefined, job));
}

/** What there is, whether it works, and how to mend it. */
async function doctor() {
  const checks = [{ name: 'cache', ok: true, message: cacheFolder() }];
  const check = async (name, body, fix) => {
    try {
      checks.push({ name, ok: true, message: await body() });
    } catch (error) {
      checks.push({ name, ok: false, message: error.message, fix });
    }
  };
  await check(
    'compiler',
    async () => {
      const found = unwrap(await binding.findToolchain(undefined));
      return `GHC ${found.version} (${found.source}): ${found.ghc}`;
    },
    'install one with toolchain.install(), or set HS_WASM_GHC to a wasm32-wasi-ghc',
  );
  await check(
    'compile and run',
    async () => {
      const source = 'main :: IO ()\nmain = putStrLn "hello"\n';
      const module = await compileModule(compileOptions({ source }, {}));
      const { stdout } = await module.run();
      if (stdout !== 'hello\n') {
        throw new Error(`a program that prints hello printed ${JSON.stringify(stdout)}`);
      }
      return 'a small program compiles and runs';
    },
    'see the message; toolchain.install() builds a compiler of our own',
  );
  return checks;
}

module.exports = { toolchain: { find, install, doctor } };
