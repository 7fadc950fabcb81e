'use strict';
// The engine under test: hs-wasm itself or, with HS_WASM_TEST_ENGINE=v8, the reference of
// reference.js. Both have the same names, so one spec says what both must do.

const { env } = process;

/** Is the reference under test, and not hs-wasm? */
const onReference = env.HS_WASM_TEST_ENGINE === 'v8';

module.exports = { onReference, engine: require(onReference ? './reference' : '../..') };
