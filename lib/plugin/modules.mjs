/**
 * The text of the modules that bundlers get. Snippets of Haskell see the names of the module that they are in, so those that
 * are not global there are called `__hs_wasm_…`.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const { exported } = require('../import/emit.js');
const { postLink } = require('../post-link.js');

/** The glue of a module for browsers as an expression. */
export async function glueOf(wasm) {
  const text = postLink(await readFile(wasm));
  return `(() => {\n${text.replace(/^export default /m, 'return ')}})()`;
}

/**
 * The module for `file`.
 *
 * @param {{ names: string[] }} compiled
 * @param {{ browser: boolean, url: string, prelude?: string, hot?: 'vite' | 'webpack' }} where `url`: an expression; `prelude`: what it needs;
 *   `hot`: how modules are replaced while they run, if they are
 * @param {{ glue?: string, external: string }} parts
 */
export function moduleFor(file, { names }, where, { glue, external }) {
  const { browser, url, prelude = '', hot } = where;
  const program = JSON.stringify(path.basename(file).replace(/\.l?hs$/, ''));
  if (!browser) {
    return `${prelude}import { open as __hs_wasm_open } from '${external}';
const __hs_wasm = __hs_wasm_open(${url}, { name: ${program} });
${exported(names, (name) => `__hs_wasm[${JSON.stringify(name)}]`, '__hs_wasm')}`;
  }
  const { state, replacing } = HOT[hot] ?? { state: '{}', replacing: '' };
  return `${prelude}import { library as __hs_wasm_library } from 'hs-wasm/browser';
const __hs_wasm_names = ${JSON.stringify(names)};
const __hs_wasm_state = ${state};
const __hs_wasm = __hs_wasm_library(${glue}, {
  url: ${url}, names: __hs_wasm_names, program: ${program}, state: __hs_wasm_state
});
${exported(names, (name) => `__hs_wasm[${JSON.stringify(name)}]`, '__hs_wasm')}${replacing}`;
}

/** Importers keep their functions, which then call the new code; if the names changed, importers have to be loaded again. */
const HOT = {
  vite: {
    state: 'import.meta.hot?.data ?? {}',
    replacing: `if (import.meta.hot) {
  import.meta.hot.accept((next) => {
    if (next && Object.keys(next.default).join() !== __hs_wasm_names.join()) import.meta.hot.invalidate();
  });
}
`,
  },
  // Rspack's too. Here it is the new module that knows the old one's data.
  webpack: {
    state:
      '(import.meta.webpackHot && import.meta.webpackHot.data && import.meta.webpackHot.data.state) || {}',
    replacing: `if (import.meta.webpackHot) {
  const { names = __hs_wasm_names } = import.meta.webpackHot.data || {};
  import.meta.webpackHot.accept();
  import.meta.webpackHot.dispose((data) => Object.assign(data, { state: __hs_wasm_state, names: __hs_wasm_names }));
  if (names.join() !== __hs_wasm_names.join()) import.meta.webpackHot.invalidate();
}
`,
  },
};
