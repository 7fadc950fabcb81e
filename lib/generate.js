'use strict';
/**
 * Functions made from text, where that is allowed: Node may have been started with
 * `--disallow-code-generation-from-strings`.
 */

/** Text → function. The texts follow from signatures, of which a process sees a few dozen. */
const made = new Map();

function isRefusal(error) {
  return error?.name === 'EvalError';
}

/** Whether functions can be made from text. Asked anew each time, since the permission can be withdrawn. */
function canGenerate() {
  try {
    return Boolean(new Function(''));
  } catch {
    return false;
  }
}

/** `function (…names) { body }` of this realm, strict, once for each text; `undefined` where that is not allowed. */
function generate(names, body) {
  const text = `${names}|${body}`;
  let generated = made.get(text);
  if (generated === undefined) {
    try {
      generated = new Function(...names, `"use strict"; ${body}`);
    } catch (error) {
      if (isRefusal(error)) {
        return undefined;
      }
      throw error;
    }
    made.set(text, generated);
  }
  return generated;
}

module.exports = { canGenerate, generate, isRefusal };
