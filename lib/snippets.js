'use strict';
/**
 * Snippets: the JavaScript texts of a module's `foreign import javascript`s, made into functions.
 */

const { arrow, checkStrict, members, SCOPE } = require('./arrows.js');
const { canGenerate } = require('./generate.js');
const { functionOf } = require('./kept-code.js');
const { later } = require('./later.js');

const bases = later(() => require('./base-url.js'));
const glues = later(() => require('./glue.js'));

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
    const functions = glue
      ? glues().fromGlue(glue, this.list, scope, imports)
      : this.#make(scope, imports, baseUrl);
    return this.list.map(({ name }) => functions[name]);
  }

  #make(scope, imports, baseUrl) {
    if (this.list.length === 0) {
      return {};
    }
    const { importer = {}, rewriteImports } = baseUrl ? bases().relativeTo(baseUrl) : {};
    const values = { ...scope, ...importer, ...imports };
    const names = [...SCOPE, ...Object.keys(importer), ...Object.keys(imports)];
    const key = names.join();
    if (!this.#factories.has(key)) {
      this.#factories.set(key, this.#factory(names, rewriteImports));
    }
    return this.#factories.get(key)(...names.map((name) => values[name]));
  }

  /** Strict, as the ES module that GHC's post-linker writes. */
  #factory(names, rewrite) {
    if (!canGenerate()) {
      throw glues().missingGlue(this.list);
    }
    try {
      return functionOf(...names, `"use strict"; return {\n${members(this.list, rewrite)}\n};`);
    } catch (error) {
      if (error.name === 'SyntaxError') {
        checkStrict(this.list);
      }
      throw error;
    }
  }
}

module.exports = { Snippets };
