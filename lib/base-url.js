'use strict';
/**
 * `import()` in snippets, relative to a file of the user's (option `baseUrl`).
 *
 * A function made from text has no file that its `import()` could be relative to. So each `import(…)` in a snippet
 * is rewritten to a call of a function that knows the file.
 */

const { isBuiltin } = require('node:module');
const vm = require('node:vm');
const { HsWasmError } = require('./errors.js');
const { refusal } = require('./arrows.js');
const { generate } = require('./generate.js');

/** What the snippets call instead. */
const IMPORT = '__ghc_wasm_jsffi_import';

/** The text of an arrow function with its `import(…)`s rewritten. */
function rewriteImports(text, snippet) {
  if (!text.includes('import')) {
    return text;
  }
  const { parseExpressionAt } = require('acorn');
  let tree;
  try {
    tree = parseExpressionAt(text, 0, { ecmaVersion: 'latest' });
  } catch (error) {
    throw refusal(snippet, `cannot be searched for import() (option baseUrl): ${error.message}`);
  }
  let rewritten = '';
  let end = 0;
  for (const start of importsIn(tree).sort((a, b) => a - b)) {
    rewritten += text.slice(end, start) + IMPORT;
    end = start + 'import'.length;
  }
  return rewritten + text.slice(end);
}

/** Where the `import(…)`s in a syntax tree begin. */
function importsIn(node) {
  if (Array.isArray(node)) {
    return node.flatMap(importsIn);
  }
  if (typeof node?.type !== 'string') {
    return [];
  }
  const below = Object.values(node).flatMap(importsIn);
  return node.type === 'ImportExpression' ? [node.start, ...below] : below;
}

/** `import` as in the file at `baseUrl`. */
function importerFor(baseUrl) {
  const here = generate('import', () => ({
    parameters: ['specifier', 'options'],
    body: 'return import(specifier, options);',
  }));
  return async (specifier, options) => {
    const resolved = resolve(`${specifier}`, baseUrl);
    if (resolved !== undefined) {
      try {
        return await here(resolved, options);
      } catch (error) {
        // Under Jest for instance, which runs everything in a context of its own.
        if (!String(error?.code).startsWith('ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING')) {
          throw error;
        }
      }
    }
    return loaderFor(baseUrl)(`${specifier}`, options);
  };
}

/** What `specifier` means in the file at `baseUrl`, or `undefined` for names of packages. */
function resolve(specifier, baseUrl) {
  if (/^\.{0,2}\//.test(specifier)) {
    return new URL(specifier, baseUrl).href;
  }
  return isBuiltin(specifier) || URL.canParse(specifier) ? specifier : undefined;
}

const loaders = new Map();

/** Node's loader as it works in the file at `baseUrl`; it knows everything, but is experimental still, and Node says so. */
function loaderFor(baseUrl) {
  let loader = loaders.get(baseUrl);
  if (loader === undefined) {
    const importModuleDynamically = vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER;
    if (importModuleDynamically === undefined) {
      throw new HsWasmError(
        'ERR_HS_UNSUPPORTED',
        'import() of a package in a snippet with the option baseUrl needs Node 20.12, 21.7 or later; ' +
          `this is Node ${process.versions.node}`,
      );
    }
    const text = '(specifier, options) => import(specifier, options)';
    loader = vm.runInThisContext(text, { filename: baseUrl, importModuleDynamically });
    loaders.set(baseUrl, loader);
  }
  return loader;
}

/** What snippets are rewritten with, and what they then see, for a file. */
const relativeTo = (baseUrl) => ({ importer: { [IMPORT]: importerFor(baseUrl) }, rewriteImports });

module.exports = { relativeTo };
