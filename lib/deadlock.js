'use strict';
/**
 * Haskell calls that will never end.
 *
 * While the event loop has anything to do, something may still wake a Haskell thread: a promise, a timer, a callback, a call of
 * another export. When it has nothing left (`beforeExit`), nothing can; upstream the process would then end without a word.
 */

const { HsWasmError } = require('./errors.js');

/** Instances that may have pending calls. */
const watched = new Set();

process.on('beforeExit', () => {
  for (const reference of watched) {
    const runtime = reference.deref();
    if (runtime === undefined || runtime.closed) {
      watched.delete(reference);
    } else if (runtime.pending.size > 0) {
      runtime.rejectPending(deadlock(runtime));
    }
  }
});

function deadlock({ awaited, callbacks }) {
  const reason =
    awaited > 0
      ? `Haskell waits for ${awaited} JavaScript promise${awaited === 1 ? '' : 's'} that nothing will settle any more`
      : 'its threads are blocked (on an MVar or in STM) and wait for nothing that JavaScript would do';
  const more =
    callbacks.live > 0
      ? `; ${callbacks.live} callbacks are alive, but nothing is left that could call them`
      : '';
  return new HsWasmError('ERR_HS_DEADLOCK', `the call will never end: ${reason}${more}`);
}

const collected = new FinalizationRegistry((reference) => watched.delete(reference));

/** Watches an instance until it is closed or collected. */
function watch(runtime) {
  const reference = new WeakRef(runtime);
  watched.add(reference);
  collected.register(runtime, reference);
}

module.exports = { watch };
