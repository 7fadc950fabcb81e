'use strict';
/** The options of `compile()` as flags, for the commands that compile. */

const options = {
  'ghc-option': { type: 'string', multiple: true },
  package: { type: 'string', multiple: true },
  export: { type: 'string', multiple: true },
  optimize: { type: 'string', short: 'O' },
  preinitialize: { type: 'boolean' },
  main: { type: 'string' },
  toolchain: { type: 'string' },
  'no-cache': { type: 'boolean' },
};

const help = `
      --ghc-option <flag>    pass a flag to GHC; again for more
      --package <name>       expose an installed package; again for more
      --export <name>        export a C function too; again for more
  -O, --optimize <0|1|2>     how much GHC optimises (1)
      --preinitialize        start GHC's runtime now instead of in each instance
      --main <file>          the entry module of a folder (Main.hs)
      --toolchain <file>     the wasm32-wasi-ghc to use
      --no-cache             compile even if nothing has changed`.slice(1);

/** `compile()`'s options, of those flags that were given. */
function compileOptions(values) {
  const given = {
    ghcOptions: values['ghc-option'],
    packages: values.package,
    exports: values.export,
    optimize: values.optimize === undefined ? undefined : level(values.optimize),
    preinitialize: values.preinitialize,
    main: values.main,
    toolchain: values.toolchain,
    cache: values['no-cache'] ? false : undefined,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** What is no number stays as it is: `compile()` says what is wrong with it. */
const level = (text) => (/^\d+$/.test(text) ? Number(text) : text);

/** What the file or folder `input` is or is compiled to, by those flags; `how` are options of `load()`. */
async function moduleOf(input, values, how) {
  const { compile, load } = require('../index.js');
  return input.endsWith('.wasm') ? load(input, how) : compile(input, { ...how, ...compileOptions(values) });
}

/** Flags of commands that write something, and say what. */
const output = { output: { type: 'string', short: 'o' }, json: { type: 'boolean' } };

module.exports = { options, help, output, compileOptions, moduleOf };
