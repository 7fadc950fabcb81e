/** For each bundler: whether the output is for browsers, and how it finds the wasm file. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * @param {string} framework as unplugin names it
 * @param {'node' | 'browser' | null} target what the user said
 */
export function placeFor(framework, target) {
  switch (framework) {
    case 'vite':
      return vite(target);
    case 'webpack':
    case 'rspack':
      return webpack(framework, target);
    case 'esbuild':
      return esbuild(target);
    default: // Rollup knows no platforms.
      return { locate: (context, compiled) => emitted(context, compiled, target === 'browser'), hooks: {} };
  }
}

/** What emitted modules import of this package on servers. It is not bundled: the addon could not be. */
export const EXTERNAL = 'hs-wasm/import';

/** An asset of Rollup's. */
async function emitted(context, { file, wasm }, browser) {
  const name = `${path.basename(file).replace(/\.l?hs$/, '')}.wasm`;
  const reference = context.emitFile({ type: 'asset', name, source: await readFile(wasm) });
  return { browser, url: `import.meta.ROLLUP_FILE_URL_${reference}` };
}

/** Where the development server has the wasm files. */
const SERVED = '/@hs-wasm/';

function vite(target) {
  const served = new Map();
  let isServer = false;
  return {
    async locate(context, compiled) {
      const isSsr = context.environment ? context.environment.config.consumer === 'server' : compiled.ssr;
      const browser = target === null ? !isSsr : target === 'browser';
      if (!isServer) {
        return emitted(context, compiled, browser);
      }
      if (!browser) {
        return { browser, url: JSON.stringify(compiled.wasm) };
      }
      const name = `${path.basename(path.dirname(compiled.wasm))}-${path.basename(compiled.wasm)}`;
      served.set(name, compiled.wasm);
      return { browser, url: JSON.stringify(SERVED + name), hot: 'vite' };
    },
    hooks: {
      vite: {
        config: (_, { command, isSsrBuild }) => {
          isServer = command === 'serve';
          // Otherwise a build for a server drops its assets.
          return isSsrBuild ? { build: { ssrEmitAssets: true } } : {};
        },
        // Vite decides that before it asks plugins, and would bundle a package that is linked.
        configEnvironment: (name) => (name === 'client' ? {} : { resolve: { external: [EXTERNAL] } }),
        configureServer(server) {
          server.middlewares.use((request, response, next) => {
            const [, name] = new RegExp(`${SERVED}([\\w.-]+)`).exec(request.url ?? '') ?? [];
            if (!served.has(name)) {
              next();
              return;
            }
            response.setHeader('Content-Type', 'application/wasm');
            createReadStream(served.get(name)).on('error', next).pipe(response);
          });
        },
      },
    },
  };
}

function webpack(framework, target) {
  let isForNode = false;
  let hot;
  return {
    async locate(_, { file, wasm }) {
      // These follow `new URL(…, import.meta.url)` by themselves.
      const relative = path.relative(path.dirname(file), wasm).replaceAll(path.sep, '/');
      const specifier = JSON.stringify(relative.startsWith('.') ? relative : `./${relative}`);
      const browser = target === null ? !isForNode : target === 'browser';
      return { browser, url: `new URL(${specifier}, import.meta.url)`, hot };
    },
    hooks: {
      [framework](compiler) {
        const targets = [compiler.options.target].flat();
        isForNode = targets.some((name) => /node|electron-main/.test(String(name)));
        hot = compiler.options.mode === 'production' ? undefined : 'webpack';
        const { ExternalsPlugin } = compiler.webpack ?? compiler.rspack;
        const type = compiler.options.output.module ? 'module' : 'commonjs';
        new ExternalsPlugin(type, { [EXTERNAL]: EXTERNAL }).apply(compiler);
      },
    },
  };
}

function esbuild(target) {
  let options = {};
  return {
    async locate(_, { wasm }) {
      const { platform, format } = options;
      const browser = target === null ? platform !== 'node' : target === 'browser';
      const isModule = format === 'esm';
      const base = isModule ? 'import.meta.url' : 'globalThis.location.href';
      const ofCommonJs =
        "require('node:url').pathToFileURL(require('node:path').resolve(__dirname, __hs_wasm_file))";
      return {
        browser,
        prelude: `import __hs_wasm_file from ${JSON.stringify(wasm)};\n`,
        url: browser || isModule ? `new URL(__hs_wasm_file, ${base})` : ofCommonJs,
      };
    },
    hooks: {
      esbuild: {
        config(initial) {
          options = initial;
          initial.loader = { '.wasm': 'file', ...initial.loader };
        },
      },
    },
  };
}
