'use strict';
/**
 * The JavaScript texts of a module's `foreign import javascript`s as texts of arrow functions. Which of its two forms a
 * text has is decided as GHC's `post-link.mjs` does: the first that parses, outside strict mode. All then run in it.
 */

const { LinkError } = require('./errors.js');
const { isRefusal } = require('./generate.js');
const { keepValue, keptValue } = require('./kept-code.js');

/** What a snippet sees besides its arguments, globals and the names given with `imports`. */
const SCOPE = ['__exports', '__ghc_wasm_jsffi_finalization_registry'];

/** Text of an arrow function → what is wrong with it, or `null`. Most texts are GHC's own, the same in every module. */
const known = new Map();

/** What is wrong with the arrow function `text` outside strict mode, or `null`. */
function fault(text) {
  let found = known.get(text);
  if (found === undefined) {
    const name = `arrow ${text}`;
    found = keptValue(name);
    if (found === undefined) {
      found = syntaxError(`return ${text};`);
      keepValue(name, JSON.stringify(found));
    }
    known.set(text, found);
  }
  return found;
}

/** What is wrong with the arrow function `text` in strict mode, or `null`. */
const strictFault = (text) => syntaxError(`"use strict"; return ${text};`);

/** The syntax error of a function with this body, or `null`. */
function syntaxError(body) {
  try {
    new Function(body);
    return null;
  } catch (error) {
    return isRefusal(error) ? syntaxErrorByAcorn(body) : error.message;
  }
}

function syntaxErrorByAcorn(body) {
  const { parse } = require('acorn');
  try {
    parse(body, { ecmaVersion: 'latest', allowReturnOutsideFunction: true });
    return null;
  } catch (error) {
    return error.message;
  }
}

/** The arrow function that `snippet` stands for: its body is one expression, or else statements. */
function arrow(snippet) {
  const text = snippet.forms.find((form) => fault(form) === null);
  if (text === undefined) {
    throw refusal(snippet, `is neither an expression nor statements: ${fault(snippet.forms[1])}`);
  }
  return text;
}

/**
 * The members of an object that has the functions of `snippets` by their names, as text.
 *
 * @param {Array<object>} snippets as the addon describes them
 * @param {(text: string, snippet: object) => string} [rewrite]
 */
function members(snippets, rewrite = (text) => text) {
  return snippets.map((snippet) => `${key(snippet)}: ${rewrite(arrow(snippet), snippet)},`).join('\n');
}

/** GHC's names are identifiers; a module that others made may have any. */
function key({ name }) {
  return /^(?!__proto__$)[A-Za-z_$][\w$]*$/.test(name) ? name : `[${JSON.stringify(name)}]`;
}

/** Throws if the snippets do not parse in strict mode, naming the first that does not. */
function checkStrict(snippets) {
  const strict = (some) => syntaxError(`"use strict"; return {\n${members(some)}\n};`);
  if (strict(snippets) !== null) {
    const [snippet, why] = snippets.map((one) => [one, strict([one])]).find(([, found]) => found !== null);
    throw refusal(snippet, `does not parse in strict mode, in which JSFFI runs: ${why}`);
  }
}

function refusal({ binder, body, place }, what) {
  const where = place === undefined ? '' : `${place}: `;
  const message = `${where}the JavaScript of a foreign import ${what}: ${binder} => ${body}`;
  return new LinkError('ERR_HS_SNIPPET', message);
}

module.exports = { SCOPE, fault, strictFault, arrow, checkStrict, members, refusal };
