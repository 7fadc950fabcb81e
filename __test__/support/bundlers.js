'use strict';
// The bundlers for which there are plugins, each run in a process of its own, in a project of a user's.

const { nodeIn } = require('./process');
const { userProject, HASKELL } = require('./user-project');

/** How each bundler builds `app.mjs` into `dist/app.mjs`, or `dist/app.cjs`. */
const BUNDLERS = {
  rollup: (target) => `import { createRequire } from 'node:module';
import { rollup } from 'rollup';
import hsWasm from 'hs-wasm/rollup';
const bundle = await rollup({
  input: 'app.mjs',
  plugins: [hsWasm({ target: '${target}' }), {
    // Rollup does not look for packages by itself.
    name: 'packages',
    resolveId: (id, importer) =>
      /^[@\\w]/.test(id) && importer ? createRequire(importer).resolve(id) : null,
  }],
});
await bundle.write({ dir: 'dist', entryFileNames: 'app.mjs' });
`,
  vite: (target) => `import { build } from 'vite';
import hsWasm from 'hs-wasm/vite';
await build({
  base: './',
  logLevel: 'warn',
  plugins: [hsWasm()],
  build: {
    ssr: ${target === 'node'},
    modulePreload: false,
    rollupOptions: { input: 'app.mjs', output: { entryFileNames: 'app.mjs' } },
  },
});
`,
  esbuild: (target) => `import { build } from 'esbuild';
import hsWasm from 'hs-wasm/esbuild';
await build({
  entryPoints: ['app.mjs'],
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: '${target}',
  format: 'esm',
  plugins: [hsWasm()],
});
`,
  webpack: likeWebpack('webpack', `import webpack from 'webpack';`),
  rspack: likeWebpack('rspack', `import { rspack } from '@rspack/core';`),
};

function likeWebpack(name, imported) {
  return (target) => `${imported}
import hsWasm from 'hs-wasm/${name}';
const config = {
  mode: 'production',
  target: '${target === 'node' ? 'node' : 'web'}',
  entry: './app.mjs',
  output: { filename: 'app.mjs', module: true },
  experiments: { outputModule: true },
  plugins: [hsWasm()],
};
${name}(config, (error, stats) => {
  if (error || stats.hasErrors()) {
    console.error(error ?? stats.toString());
    process.exitCode = 1;
  }
});
`;
}

/** What a browser has and Node has not: a \`fetch\` that finds the files beside the page. */
const BROWSER = `import { readFile } from 'node:fs/promises';
globalThis.fetch = async (url) =>
  new Response(await readFile(new URL(url)), { headers: { 'content-type': 'application/wasm' } });
`;

/** Builds a project: the process' outcome. */
async function build(bundler, script, files) {
  const packages = [bundler === 'rspack' ? '@rspack/core' : bundler, 'unplugin'];
  const project = userProject(
    { ...HASKELL, 'build.mjs': script, 'browser.mjs': BROWSER, ...files },
    packages,
  );
  return { project, ...(await nodeIn(project.folder, 'build.mjs')) };
}

module.exports = { BUNDLERS, build };
