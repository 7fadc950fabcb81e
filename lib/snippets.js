'use strict';
/**
 * Snippets: the JavaScript texts of a module's `foreign import javascript`s, made into functions.
 */

const { arrow, checkStrict, members } = require('./arrows.js');
const { IMPORT, importerFor, rewriteImports } = require('./base-url.js');
const { canGenerate } = require('./generate.js');
const { fromGlue, missingGlue, SCOPE } = require('./glue.js');

/** All snippets of one module. Their texts are compiled once, whatever the number of instances. */
class Snippets {
  #factories = new Map();

  /**
   * @param {Array<object>} snippets as the addon describes them
   * @param {Array<object>} [sources] the snippets in the sources, for a module that was just compiled: that one of them is
   *   no JavaScript is a warning then, and an error, with its place, only of an instance
   */
  constructor(snippets, sources) {
    const places = new Map(sources?.map(({ text, file, line }) => [text, `${file}:${line}`]));
    this.list = snippets.map((snippet) => ({ ...snippet, place: places.get(snippet.body) }));
    if (sources === undefined && canGenerate()) {
      snippets.forEach(arrow); // Says what is wrong with them when the module is loaded.
    }
  }

  /**
   * The functions, in the order of the list.
   * @param {object} scope the values of `SCOPE`, by name
   * @param {{ imports: Record<string, unknown>, glue: object | null, baseUrl: string | null }} options
   */
  bind(scope, { imports, glue, baseUrl }) {
    const functions = glue ? fromGlue(glue, this.list, scope, imports) : this.#make(scope, imports, baseUrl);
    return this.list.map(({ name }) => functions[name]);
  }

  #make(scope, imports, baseUrl) {
    if (this.list.length === 0) {
      return {};
    }
    const names = [...SCOPE, ...(baseUrl ? [IMPORT] : []), ...Object.keys(imports)];
    const values = { ...scope, ...(baseUrl ? { [IMPORT]: importerFor(baseUrl) } : {}), ...imports };
    const key = names.join();
    if (!this.#factories.has(key)) {
      this.#factories.set(key, this.#factory(names, baseUrl ? rewriteImports : undefined));
    }
    return this.#factories.get(key)(...names.map((name) => values[name]));
  }

  /** Strict, as the ES module that GHC's post-linker writes. */
  #factory(names, rewrite) {
    if (!canGenerate()) {
      throw missingGlue(this.list);
    }
    try {
      return new Function(...names, `"use strict"; return {\n${members(this.list, rewrite)}\n};`);
    } catch (error) {
      if (error.name === 'SyntaxError') {
        checkStrict(this.list);
      }
      throw error;
    }
  }
}

module.exports = { Snippets };
