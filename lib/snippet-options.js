'use strict';
/** Checks of the options that are about snippets. */

const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { inspect } = require('node:util');
const { entriesOf, text, wrongType, wrongValue } = require('./checks.js');

/** Words that cannot be names in strict mode, nor in a module. */
const RESERVED = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends ' +
    'false finally for function if implements import in instanceof interface let new null package private protected ' +
    'public return static super switch this throw true try typeof var void while with yield'
  ).split(' '),
);

/** Names that snippets see become parameters of the function made of them. */
function snippetName(name, at) {
  if (/^(__exports|__ghc_wasm_jsffi_\w*|\$\d+)$/.test(name)) {
    throw wrongValue(at, 'this name is taken by JSFFI itself');
  }
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u.test(name) || RESERVED.has(name)) {
    throw wrongValue(at, 'must be a valid name of a variable in strict mode');
  }
  return name;
}

/** Values by the names under which snippets see them. */
const imports = (value, at) =>
  Object.fromEntries(entriesOf((name, element, place) => [snippetName(name, place), element])(value, at));

/** What a file written by `hs-wasm post-link --no-eval` exports, or such a module's namespace. */
function glue(value, at) {
  const exported = value?.snippets === undefined ? value?.default : value;
  if (typeof exported === 'function') {
    throw wrongValue(at, 'this is a module of post-link for use without hs-wasm; make one with --no-eval');
  }
  if (typeof exported?.snippets !== 'function' || !Array.isArray(exported.imports)) {
    throw wrongType(at, 'what a file made by `hs-wasm post-link --no-eval` exports', value);
  }
  return exported;
}

/** A `file:` URL as text. */
function baseUrl(value, at) {
  const given = typeof value?.href === 'string' ? value.href : value;
  if (typeof given !== 'string') {
    throw wrongType(at, 'a file: URL such as import.meta.url, or an absolute path such as __filename', value);
  }
  const href = path.isAbsolute(text(given, at)) ? pathToFileURL(given).href : given;
  if (!/^file:/i.test(href) || !URL.canParse(href)) {
    throw wrongValue(at, `must be a file: URL or an absolute path, found ${inspect(given)}`);
  }
  return new URL(href).href;
}

module.exports = { baseUrl, glue, imports, snippetName };
