'use strict';

const path = require('node:path');
const { instantiate, typed } = require('hs-wasm');

/** Starts an instance of the Haskell module: its functions by their names, and `dispose()`. */
async function open() {
  const instance = await instantiate(path.join(__dirname, 'src', '{{module}}.hs'));
  return { ...typed(instance), dispose: instance.dispose };
}

module.exports = { open };
