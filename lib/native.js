'use strict';
/**
 * The addon: loading it with a message one can act on, and what its functions return made into values
 * and errors (`{ ok }` or `{ error: record }`, see Note [Errors cross as records] in `src/node/mod.rs`).
 */

const { HsWasmError, fromRecord } = require('./errors.js');
const { usualAddon } = require('./kept-code.js');

function load() {
  try {
    return usualAddon() ?? require('../binding.js');
  } catch (cause) {
    throw new HsWasmError(
      'ERR_HS_ADDON',
      `the native part of hs-wasm could not be loaded for ${process.platform}-${process.arch}: in a checkout run \`npm run build\`, ` +
        `elsewhere install the package again (${cause.message})`,
      { cause },
    );
  }
}

const binding = load();

/**
 * The value of an outcome.
 * @template T
 * @param {{ ok: T } | { error: object }} outcome
 * @param {{ cause?: unknown }} [extra] fields that the addon cannot know
 * @returns {T}
 */
function unwrap(outcome, extra) {
  if (outcome.error !== undefined) {
    throw fromRecord(outcome.error, extra);
  }
  return outcome.ok;
}

module.exports = { binding, unwrap };
