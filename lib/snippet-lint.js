'use strict';
/**
 * Warnings about the JavaScript in Haskell sources: mistakes that GHC, to which it is a string, lets through. V8's own parser
 * judges, so a source without mistakes costs next to nothing; acorn is asked where in the text the mistake is.
 */

const { fault, strictFault } = require('./arrows.js');

/**
 * The warnings for the snippets of a compiled project.
 *
 * @param {Array<object>} snippets as `compile` of the addon describes them
 * @returns {Array<object>} diagnostics
 */
function lintSnippets(snippets) {
  return snippets.map((snippet) => notJavaScript(snippet) ?? lostValue(snippet)).filter(Boolean);
}

/** A text that is neither an expression nor statements: JSFFI refuses the module. */
function notJavaScript({ text, ...snippet }) {
  const binder = snippet.isAsync ? 'async ()' : '()';
  const statements = `${binder} => {${text}}`;
  const name = `the JavaScript snippet of ‘${snippet.haskellName}’`;
  const form = [`${binder} => (${text})`, statements].find((each) => fault(each) === null);
  if (form !== undefined) {
    const why = strictFault(form);
    return why === null
      ? undefined
      : warning(snippet, `${name} does not parse in strict mode, in which JSFFI runs: ${why}`);
  }
  if (fault(`${binder} => {${text}\n}`) === null) {
    const message = `${name} ends in a comment with //, which hides the bracket that GHC puts after it; write /* … */`;
    return warning(snippet, message);
  }
  if (!snippet.isAsync && fault(`async ${statements}`) === null) {
    return warning(snippet, `${name} uses await, but the import is unsafe, so synchronous; make it safe`);
  }
  const { message, offset } = mistake(text, binder);
  const at = snippet.isPlain && offset !== undefined ? placeInside(snippet, text, offset) : snippet;
  return warning(at, `${name} is neither an expression nor statements: ${message}`);
}

/** `f($1);` is a statement: its value, and for an asynchronous import its promise, is lost. */
function lostValue({ text, hasResult, isAsync, ...snippet }) {
  const expression = /^([^]*\S)\s*;\s*$/.exec(text)?.[1];
  if (expression === undefined || !(hasResult || isAsync)) {
    return undefined;
  }
  if (fault(`${isAsync ? 'async ()' : '()'} => (${expression})`) !== null) {
    return undefined;
  }
  const lost = hasResult ? 'its value is lost and the result is undefined' : 'nothing waits for its promise';
  return warning(
    snippet,
    `the JavaScript snippet of ‘${snippet.haskellName}’ ends in ‘;’, which makes it a statement: ${lost}; leave the ‘;’ out`,
  );
}

/** What is wrong with the statements `text`, and where. */
function mistake(text, binder) {
  const { parse } = require('acorn');
  const before = `${binder} => {`;
  try {
    parse(`${before}${text}}`, { ecmaVersion: 'latest' });
    return { message: fault(`${before}${text}}`) }; // V8 and acorn need not agree on the newest syntax.
  } catch (error) {
    const offset = Math.min(error.pos - before.length, text.length);
    const message = error.message.replace(/ \(\d+:\d+\)$/, '');
    const found = offset < text.length ? `at ‘${text.slice(offset, offset + 20).trim()}’` : 'at its end';
    return { message: `${message} ${found}`, offset };
  }
}

/** The place of one character of a snippet whose text is in the file as it is. */
function placeInside(snippet, text, offset) {
  const column = snippet.column + 1 + Array.from(text.slice(0, offset)).length;
  return { ...snippet, column, endLine: snippet.line, endColumn: column + 1 };
}

function warning({ file, line, column, endLine, endColumn }, message) {
  return { file, line, column, endLine, endColumn, severity: 'warning', code: null, message };
}

module.exports = { lintSnippets };
