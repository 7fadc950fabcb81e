'use strict';
/**
 * Several instances that compute at once: the time until all have ended. On V8 they take turns on one thread, as they do for who
 * does not start workers himself.
 */

const path = require('node:path');

const NUMBERS = [1, 2, 4, 8];
const LIMIT = 12_000;

/** With two processors. */
const TARGETS = { 8: 0.55 };

const at = (instances) => ({
  group: 'instances',
  title: `${instances} ${instances === 1 ? 'instance' : 'instances'} computing`,
  file: path.join(__dirname, '..', 'haskell', 'Compute.hs'),
  options: { packages: ['containers', 'text', 'stm'], optimize: 2 },
  instances,
  run: (exports) => exports.sieve(LIMIT),
  target: TARGETS[instances],
});

module.exports = NUMBERS.map(at);
