'use strict';
/** What native code calls of an instance: its snippets, and what has to be done between them. */

const { shim, runner, MASK, FIRST } = require('./bridge.js');
const { deferral } = require('./deferral.js');
const { replacement } = require('./internal-snippets.js');

/**
 * @param {import('./runtime.js').Runtime} runtime
 * @param {import('./snippets.js').Snippets} snippets
 * @param {object} options of the instance, checked
 * @param {() => void} serve sees to the guest's streams
 * @returns {{ hooks: Array<ArrayBuffer | Function>, deferred: number[] }} what the addon is given of them, which it holds
 *   weakly, and for each snippet whether its calls are queued
 */
function makeHooks(runtime, snippets, options, serve) {
  const { cells, queue, values, rawExports, callbacks } = runtime;
  const [first, second] = [2 * FIRST, 2 * (FIRST + 1)];
  const copy = () => {
    queue.drain();
    values[cells.i32[second] & MASK] = values[cells.i32[first] & MASK];
  };
  const scope = { __exports: rawExports, __ghc_wasm_jsffi_finalization_registry: callbacks };
  const bound = snippets.bind(scope, options);
  const world = { ...options, isOfGuest: (buffer) => runtime.memory.isBuffer(buffer) };
  const made = snippets.list.map((snippet, index) => {
    const body = replacement(runtime, snippet) ?? bound[index];
    const { mode, test } = deferral(snippet, world);
    const run = mode > 0 ? runner(runtime, index, snippet, body, test) : null;
    return { mode, run, shim: shim(runtime, snippet, body, test) };
  });
  queue.start(made.map(({ run }) => run));
  const drainAndServe = () => {
    queue.drain();
    serve();
  };
  const shims = made.map((each) => each.shim);
  return {
    hooks: [cells.buffer, queue.buffer, copy, drainAndServe, ...shims],
    deferred: made.map(({ mode }) => mode),
  };
}

module.exports = { makeHooks };
