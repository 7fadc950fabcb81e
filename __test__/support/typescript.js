'use strict';
// TypeScript and the command line, as programs for a project of a user's.

const path = require('node:path');

const root = path.join(__dirname, '..', '..');

/** The command line of hs-wasm. */
const program = path.join(root, 'bin', 'hs-wasm.js');

/** TypeScript's. Its package lets nothing but its manifest be required. */
const tsc = path.join(path.dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');

/** A `tsconfig.json` that lets Haskell files be imported. */
const TSCONFIG = JSON.stringify({
  compilerOptions: {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    noEmit: true,
    allowArbitraryExtensions: true,
    skipLibCheck: false,
    types: ['node'],
    typeRoots: [path.join(root, 'node_modules', '@types')],
  },
  include: ['*.mts'],
});

module.exports = { program, tsc, TSCONFIG };
