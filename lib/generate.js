'use strict';
/**
 * Functions made from text, where that is allowed: Node may have been started with
 * `--disallow-code-generation-from-strings`.
 */

const { functionOf, keepValue, keptValue } = require('./kept-code.js');
const { perObject } = require('./per-object.js');

/** Functions by their names. There are as many as signatures, of which a process sees a few dozen. */
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

/**
 * `function (…parameters) { body }` of this realm, strict, once for each name; `undefined` where that is not allowed.
 *
 * @param {string} name says what the text follows from: of one name there is one text
 * @param {() => { parameters: string[], body: string }} write the text, which is not needed for a function that was kept
 */
function generate(name, write) {
  let generated = made.get(name) ?? keptValue(name);
  if (generated === undefined) {
    const { parameters, body } = write();
    const strict = `"use strict"; ${body}`;
    try {
      generated = functionOf(...parameters, strict);
    } catch (error) {
      if (isRefusal(error)) {
        return undefined;
      }
      throw error;
    }
    if (!/\bimport\b/.test(body)) {
      keepValue(name, `(function (${parameters}) { ${strict}\n})`);
    }
  }
  made.set(name, generated);
  return generated;
}

/** What was generated for a description, by what it is for. */
const known = perObject(() => ({}));

/**
 * The same for an object that describes it: to put even the name together takes longer than all that an instance does with it.
 *
 * @param {object} description of a signature or snippet
 * @param {string} purpose what of it is wanted: of one purpose there is one name
 * @param {() => string} name
 * @param {() => { parameters: string[], body: string }} write
 */
function generateFor(description, purpose, name, write) {
  const generated = known(description);
  return (generated[purpose] ??= generate(name(), write));
}

module.exports = { canGenerate, generate, generateFor, isRefusal };
