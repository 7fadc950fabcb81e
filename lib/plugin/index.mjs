/**
 * The plugin for bundlers: an imported `.hs` file becomes a module with its exports, and its wasm an asset beside the bundle.
 *
 * What differs between bundlers is said in `places.mjs`; what is emitted, in `modules.mjs`.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { createUnplugin } from 'unplugin';
import { glueOf, moduleFor } from './modules.mjs';
import { EXTERNAL, placeFor } from './places.mjs';

const require = createRequire(import.meta.url);
const { compileFileAsync } = require('../import/compile.js');
const { isHaskell, withoutQuery } = require('../import/project.js');
const { forImporter } = require('../import/refusal.js');
const { pluginOptions } = require('../options.js');

const unplugin = createUnplugin((given, { framework }) => {
  const { target, ...options } = pluginOptions(given, 'plugin.options');
  const place = placeFor(framework, target);
  return {
    name: 'hs-wasm',
    enforce: 'pre',
    resolveId: {
      filter: { id: /^hs-wasm\/import$/ },
      handler: (id) => ({ id, external: true }),
    },
    load: {
      filter: { id: /\.l?hs(?:[?#]|$)/ },
      async handler(id, how) {
        if (!isHaskell(id)) {
          return null;
        }
        const file = withoutQuery(id.startsWith('file:') ? fileURLToPath(id) : id);
        const compiled = await compileFileAsync(file, options);
        for (const source of compiled.sources) {
          this.addWatchFile(source);
        }
        if (compiled.error) {
          throw forBundler(forImporter(compiled.error, file));
        }
        const where = await place.locate(this, { file, wasm: compiled.wasm, ssr: how?.ssr });
        const glue = where.browser ? await glueOf(compiled.wasm) : undefined;
        return { code: moduleFor(file, compiled, where, { glue, external: EXTERNAL }), map: null };
      },
    },
    ...place.hooks,
  };
});

/** Bundlers show `loc`, and `message` where they do not show the stack. */
function forBundler(error) {
  const [first] = error.diagnostics;
  if (first?.file && first.line) {
    error.loc = { file: first.file, line: first.line, column: (first.column ?? 1) - 1 };
  }
  return error;
}

export const { vite, rollup, webpack, rspack, esbuild } = unplugin;
