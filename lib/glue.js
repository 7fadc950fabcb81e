'use strict';
/**
 * Glue: a file made at build time that holds a module's snippets as real functions, for hosts that forbid
 * making functions from text. `hs-wasm post-link --no-eval` writes it, the option `glue` takes what it exports.
 */

const { createHash } = require('node:crypto');
const { checkStrict, members, SCOPE } = require('./arrows.js');
const { LinkError } = require('./errors.js');

/** Changes when the shape of a glue does. */
const FORMAT = 1;

/** Tells the snippets of one module from another's. */
function hashOf(snippets) {
  const texts = snippets.map(({ name, binder, body }) => [name, binder, body]);
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex');
}

/**
 * The text of the file.
 *
 * @param {Array<object>} snippets as the addon describes them
 * @param {{ imports?: string[], commonJs?: boolean }} [options] the names that instances will give with `imports`
 */
function glueText(snippets, { imports = [], commonJs = false } = {}) {
  checkStrict(snippets);
  return `${commonJs ? "'use strict';\n" : ''}// Made by hs-wasm post-link --no-eval. Give what this exports to the option \`glue\` of instantiate().
${commonJs ? 'module.exports =' : 'export default'} {
format: ${FORMAT},
hash: ${JSON.stringify(hashOf(snippets))},
imports: ${JSON.stringify(imports)},
snippets: (${[...SCOPE, ...imports].join(', ')}) => ({
${members(snippets)}
}),
};
`;
}

/** The functions of `glue` by name, for the module with these snippets. */
function fromGlue(glue, snippets, scope, imports) {
  if (glue.format !== FORMAT) {
    throw refusal('was made by another version of hs-wasm: make it again with this one');
  }
  if (glue.hash !== hashOf(snippets)) {
    throw refusal('was made for another module: its JavaScript differs. Make it again from this module');
  }
  const declared = (name) => glue.imports.includes(name);
  const lacking = glue.imports.filter((name) => !Object.hasOwn(imports, name));
  const unknown = Object.keys(imports).filter((name) => !declared(name));
  if (lacking.length + unknown.length > 0) {
    const differences = [
      ...(lacking.length > 0 ? [`lacks ${lacking.join(', ')}`] : []),
      ...(unknown.length > 0 ? [`has ${unknown.join(', ')}, which it was not told of`] : []),
    ];
    throw refusal(
      `was made for other names: the option imports ${differences.join(' and ')}. ` +
        `Make it again with --imports ${Object.keys(imports).join(',') || '(none)'}, or give these names`,
    );
  }
  return glue.snippets(...SCOPE.map((name) => scope[name]), ...glue.imports.map((name) => imports[name]));
}

const refusal = (what) => new LinkError('ERR_HS_GLUE', `the glue ${what} (hs-wasm post-link --no-eval)`);

/** Why snippets cannot be made here, and what to do. */
function missingGlue(snippets) {
  return new LinkError(
    'ERR_HS_GLUE',
    `the module has ${snippets.length} JavaScript snippets, but this process forbids making functions from text ` +
      '(--disallow-code-generation-from-strings): at build time run `hs-wasm post-link --no-eval -i module.wasm -o glue.mjs`, ' +
      "and pass `{ glue: await import('./glue.mjs') }`",
  );
}

module.exports = { fromGlue, glueText, missingGlue };
