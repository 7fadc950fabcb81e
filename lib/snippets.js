'use strict';
/**
 * Snippets: the JavaScript texts of a module's `foreign import javascript`s, made into functions.
 */

const { LinkError } = require('./errors.js');

/** What a snippet sees besides its arguments, globals and the names given with `imports`. */
const SCOPE = ['__exports', '__ghc_wasm_jsffi_finalization_registry'];

/** Text of an arrow function → whether it parses. Most texts are GHC's own, the same in every module. */
const parsed = new Map();

function parses(text) {
  let result = parsed.get(text);
  if (result === undefined) {
    try {
      new Function(`return ${text};`);
      result = true;
    } catch {
      result = false;
    }
    parsed.set(text, result);
  }
  return result;
}

/** The arrow function that `snippet` stands for: its body is one expression, or else statements. */
function arrow(snippet) {
  const text = snippet.forms.find(parses);
  if (text === undefined) {
    throw new LinkError(
      'ERR_HS_SNIPPET',
      `the JavaScript of a foreign import is neither an expression nor statements: ${why(snippet)}: ` +
        `${snippet.binder} => ${snippet.body}`,
    );
  }
  return text;
}

function why({ forms }) {
  try {
    new Function(`return ${forms[1]};`);
  } catch (error) {
    return error.message;
  }
  return 'it does not parse';
}

/** All snippets of one module. Their texts are compiled once, whatever the number of instances. */
class Snippets {
  /** @param {Array<object>} snippets as the addon describes them */
  constructor(snippets) {
    this.list = snippets;
    this.arrows = snippets.map(arrow);
    this.factories = new Map();
  }

  /**
   * The functions, in the order of the list.
   * @param {object} scope the values of `SCOPE`, by name
   * @param {Record<string, unknown>} names what else snippets shall see
   */
  bind(scope, names) {
    const parameters = [...SCOPE, ...Object.keys(names)];
    const key = parameters.join();
    if (!this.factories.has(key)) {
      // Strict, as the ES module that GHC's post-linker writes.
      const text = `"use strict"; return [\n${this.arrows.join(',\n')}\n];`;
      this.factories.set(key, new Function(...parameters, text));
    }
    return this.factories.get(key)(...SCOPE.map((name) => scope[name]), ...Object.values(names));
  }
}

module.exports = { Snippets, arrow };
