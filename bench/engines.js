'use strict';
/** The two that are compared, with one face. A module is the same wasm file for both. */

const hs = require('..');
const { build } = require('../__test__/support/reference-build');
const { openV8 } = require('./v8.js');

/** Compiles a Haskell file once, for both. V8 does its part when it is first needed, and is warm when it is measured. */
async function prepare(file, options) {
  const module = await hs.compile(file, { tier: 'optimized', ...options });
  const { wasm, glue } = await build(Buffer.from(module.wasm));
  return { module, wasm, glue };
}

const ENGINES = {
  'hs-wasm': {
    async instantiate({ module }) {
      const instance = await module.instantiate();
      return { exports: instance.exports, dispose: () => instance.dispose() };
    },
  },
  V8: {
    async instantiate(prepared) {
      prepared.v8 ??= await openV8(prepared.wasm, prepared.glue);
      return { exports: await prepared.v8(), dispose: async () => {} };
    },
  },
};

module.exports = { ENGINES, prepare };
