'use strict';
/** Work that is done in GHC's code alone. */

const path = require('node:path');

const file = path.join(__dirname, '..', 'haskell', 'Compute.hs');
const options = { packages: ['containers', 'text', 'stm'], optimize: 2 };

const work = (name, title, size) => ({
  group: 'compute',
  title,
  file,
  options,
  count: 1,
  run: (exports) => exports[name](size),
  target: 1,
});

module.exports = [
  work('dataMap', 'Data.Map, 100,000 inserts', 100_000),
  work('sieve', 'list sieve to 8,000', 8000),
  work('fib', 'fib 27', 27),
  work('nbody', 'n-body, 2,000 steps', 2000),
  work('parser', 'Text parser, 10,000 lines', 10_000),
  work('counter', 'STM counter to 200,000', 200_000),
];
