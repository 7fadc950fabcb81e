'use strict';
/** The two that are compared, with one face. A module is the same wasm file for both. */

const hs = require('..');
const { build } = require('../__test__/support/reference-build');
const { openV8 } = require('./v8.js');

/** Compiles a Haskell file once, for both. */
async function prepare(file, options) {
  const module = await hs.compile(file, options);
  const { wasm, glue } = await build(Buffer.from(module.wasm));
  return { module, v8: await openV8(wasm, glue), wasm, glue };
}

const ENGINES = {
  'hs-wasm': {
    async instantiate({ module }) {
      const instance = await module.instantiate();
      return { exports: instance.exports, dispose: () => instance.dispose() };
    },
  },
  V8: {
    instantiate: async ({ v8 }) => ({ exports: await v8(), dispose: async () => {} }),
  },
};

module.exports = { ENGINES, prepare };
