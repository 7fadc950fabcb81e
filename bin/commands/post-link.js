'use strict';
/** Writes the JavaScript that a JSFFI module needs into a file. In the place of GHC's `post-link.mjs`. */

const fs = require('node:fs/promises');
const path = require('node:path');
const { UsageError } = require('../usage-error.js');

const summary = "write a module's JavaScript into a file, as GHC's post-link.mjs does";

const help = `
Usage: hs-wasm post-link -i <module.wasm> -o <file.js>

Writes the JavaScript of a module's foreign imports into a file.

Without --no-eval the file is an ES module for use without hs-wasm, in a browser for instance, as
GHC's own post-link.mjs writes it: its default export takes the object that will hold the exports,
and gives the imports of the module ghc_wasm_jsffi.

With --no-eval it is for instantiate(wasm, { glue }) of hs-wasm where making functions from text is
forbidden (node --disallow-code-generation-from-strings). An ES module or a CommonJS module by its
name: .mjs, .cjs, or .js as the nearest package.json says.

Options:
  -i, --input <file>    the module
  -o, --output <file>   the file to write
      --no-eval         write glue for hs-wasm
      --imports <a,b>   with --no-eval: the names that instances will give with the option imports
  -h, --help            print this
`;

const options = {
  input: { type: 'string', short: 'i' },
  output: { type: 'string', short: 'o' },
  'no-eval': { type: 'boolean' },
  imports: { type: 'string', multiple: true },
};

async function run({ input, output, 'no-eval': noEval = false, imports }) {
  for (const [name, value] of Object.entries({ input, output })) {
    if (!value) {
      throw new UsageError(`post-link: --${name} is missing (see hs-wasm post-link --help)`);
    }
  }
  if (imports !== undefined && !noEval) {
    throw new UsageError(
      'post-link: --imports is for --no-eval; other modules take their names from globals',
    );
  }
  const names = (imports ?? []).flatMap((list) => list.split(',')).filter(Boolean);
  const { glueText } = require('../../lib/glue.js');
  const { postLink, snippetsOf } = require('../../lib/post-link.js');
  const { snippetName } = require('../../lib/snippet-options.js');
  for (const name of names) {
    snippetName(name, `--imports ${name}`);
  }
  const wasm = await fs.readFile(input);
  const text = noEval
    ? glueText(snippetsOf(wasm), { imports: [...new Set(names)], commonJs: await isCommonJs(output) })
    : postLink(wasm);
  await fs.writeFile(output, text);
}

/** Whether Node takes a file of this name for CommonJS. */
async function isCommonJs(file) {
  const extension = path.extname(file);
  if (extension !== '.js') {
    return extension === '.cjs';
  }
  for (let folder = path.dirname(path.resolve(file)); ; folder = path.dirname(folder)) {
    try {
      return JSON.parse(await fs.readFile(path.join(folder, 'package.json'), 'utf8')).type !== 'module';
    } catch (error) {
      if (error.code !== 'ENOENT' || folder === path.dirname(folder)) {
        return true;
      }
    }
  }
}

module.exports = { summary, help, options, run };
