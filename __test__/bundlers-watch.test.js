'use strict';
// What watches: bundles are made again, and what runs gets new code. Each bundler has a process of its own.

const { ours } = require('./support');
const { BUNDLERS, build } = require('./support/bundlers');

/**
 * Text of a program: `until(wanted, ask)` waits until a promise gives what is wanted and prints it; `change(name, from, to)` edits a
 * file, and again from time to time, for what watches may not have begun when the first bundle is there.
 */
const WATCHING = `import fs from 'node:fs';
let rewrite = () => {};
const change = (name, from, to) => {
  const text = fs.readFileSync(name, 'utf8').replace(from, to);
  rewrite = () => fs.writeFileSync(name, text);
  rewrite();
};
const until = async (wanted, ask) => {
  let found;
  for (let tries = 1; tries <= 600; tries += 1) {
    found = await ask().catch((error) => error);
    if (found === wanted) return console.log(wanted);
    if (tries % 50 === 0) rewrite();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(\`waited in vain for \${wanted}\`, { cause: found });
};
`;

/** Each watches \`app.mjs\`, bundled for Node as a library, and has \`close()\`. */
const WATCHERS = {
  rollup: `import { watch } from 'rollup';
import hsWasm from 'hs-wasm/rollup';
const watcher = watch({
  input: 'app.mjs',
  plugins: [hsWasm()],
  output: { dir: 'dist', entryFileNames: 'app.mjs' },
});
watcher.on('event', ({ result }) => result?.close());
const close = () => watcher.close();
`,
  esbuild: `import { context } from 'esbuild';
import hsWasm from 'hs-wasm/esbuild';
const built = await context({
  entryPoints: ['app.mjs'],
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  logLevel: 'silent',
  plugins: [hsWasm()],
});
await built.watch();
const close = () => built.dispose();
`,
  webpack: watchLikeWebpack('webpack'),
  rspack: watchLikeWebpack('rspack'),
};

function watchLikeWebpack(bundler) {
  const [config] = BUNDLERS[bundler]('node').split(`${bundler}(config`);
  return `${config.replace('module: true', `$&, library: { type: 'module' }`)}
const watching = ${bundler}(config).watch({}, () => {});
const close = () => new Promise((resolve) => watching.close(resolve));
`;
}

ours.each(Object.keys(WATCHERS))('%s builds again when an imported module changes', async (bundler) => {
  const script = `${WATCHERS[bundler]}${WATCHING}
let count = 0;
const ask = async () => (await import(\`./dist/app.mjs?\${(count += 1)}\`)).answer(1);
await until(43, ask);
change('Lib.hs', '42', '7');
await until(8, ask);
await close();
`;
  const app = `export { answer } from './Answer.hs';\n`;
  const { project: _, ...outcome } = await build(bundler, script, { 'app.mjs': app });
  expect(outcome).toEqual({ code: 0, stdout: '43\n8\n', stderr: '' });
});

ours('Vite serves what is new when an imported module or the exports change', async () => {
  const script = `import { createServer } from 'vite';
import hsWasm from 'hs-wasm/vite';
${WATCHING}
const server = await createServer({
  appType: 'custom',
  logLevel: 'error',
  server: { middlewareMode: true, ws: false },
  plugins: [hsWasm()],
});
const load = () => server.ssrLoadModule('/app.mjs');
await until(42, async () => (await load()).ask());
change('Lib.hs', '42', '7');
await until(7, async () => (await load()).ask());
change('Answer.hs', '"boom"', '"bang"');
await until('add,answer,bang', async () => (await load()).names());
await server.close();
`;
  const app = `import * as all from './Answer.hs';
export const ask = () => all.answer(0);
export const names = () => Object.keys(all.default).sort().join();
`;
  const { project: _, ...outcome } = await build('vite', script, { 'app.mjs': app });
  expect(outcome).toEqual({ code: 0, stdout: '42\n7\nadd,answer,bang\n', stderr: '' });
});

const IN_USE =
  'functions that are in use in a browser call the new code at once; other exports load importers again';

/** A page's module: `ask` is the function of its first evaluation. */
const PAGE = `import all, { answer } from './Answer.hs';
globalThis.loaded = (globalThis.loaded ?? 0) + 1;
globalThis.names = Object.keys(all).sort().join();
globalThis.ask ??= () => answer(0);
`;

/** What happens to it; `update` lets the page look for news. */
const NEWS = `await until(42, async () => globalThis.ask());
change('Lib.hs', '42', '7');
await until(7, async () => (await update(), globalThis.ask()));
console.log(globalThis.loaded);
change('Answer.hs', '"boom"', '"bang"');
await until(2, async () => (await update(), globalThis.loaded));
console.log(globalThis.names);
`;

const SEEN = { code: 0, stdout: '42\n7\n1\n2\nadd,answer,bang\n', stderr: '' };

ours(`Vite: ${IN_USE}`, async () => {
  const script = `import { createServer, createServerModuleRunner } from 'vite';
import hsWasm from 'hs-wasm/vite';
${WATCHING}
const server = await createServer({
  appType: 'custom',
  logLevel: 'error',
  server: { host: '127.0.0.1', ws: false },
  plugins: [hsWasm({ target: 'browser' })],
});
await server.listen(0);
const [page] = server.resolvedUrls.local;
const { fetch } = globalThis;
globalThis.fetch = (url) => fetch(new URL(url, page));
const runner = createServerModuleRunner(server.environments.ssr, { hmr: { logger: false } });
await runner.import('/app.mjs');
const update = async () => {}; // The server sends them.
${NEWS}
await runner.close();
await server.close();
`;
  const { project: _, ...outcome } = await build('vite', script, { 'app.mjs': PAGE });
  expect(outcome).toEqual(SEEN);
});

ours.each(['webpack', 'rspack'])(`%s: ${IN_USE}`, async (bundler) => {
  const [imports] = BUNDLERS[bundler]('node').split('const config');
  const script = `${imports}import { createRequire } from 'node:module';
import './browser.mjs';
${WATCHING}
const config = {
  mode: 'development',
  target: 'async-node',
  entry: './main.mjs',
  output: { filename: 'main.cjs' },
  plugins: [hsWasm({ target: 'browser' }), new ${bundler}.HotModuleReplacementPlugin()],
};
const watching = ${bundler}(config).watch({}, () => {});
const require = createRequire(import.meta.url);
await until(true, async () => Boolean(require('./dist/main.cjs')));
const update = () => globalThis.check();
${NEWS}
await new Promise((resolve) => watching.close(resolve));
`;
  const main = `import './app.mjs';
globalThis.check = () => import.meta.webpackHot.check(true);
import.meta.webpackHot.accept('./app.mjs');
`;
  const { project: _, ...outcome } = await build(bundler, script, { 'app.mjs': PAGE, 'main.mjs': main });
  expect(outcome).toEqual({ ...SEEN, stdout: `true\n${SEEN.stdout}` });
});
