'use strict';
/**
 * Note [Loaded when needed]: Node takes a quarter of a millisecond to load a file of this package, and some of its own
 * modules take several. So what only some processes do (compile, watch, install a compiler, run commands) is loaded when it is
 * first done. A process that loads a module and calls an export loads what that takes; `__test__/start.test.js` says what not.
 *
 * Under Jest everything is loaded at once: after `jest.resetModules()`, what is loaded gets other copies of the rest, and
 * errors would be of another class than the caller's.
 */

/**
 * @template T
 * @param {() => T} load `() => require('…')`
 * @returns {() => T} loads when it is first called
 */
function later(load) {
  let loaded = process.env.JEST_WORKER_ID === undefined ? undefined : load();
  return () => (loaded ??= load());
}

module.exports = { later };
