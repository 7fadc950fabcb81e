/**
 * The plugins for all bundlers. Each is at `hs-wasm/<bundler>` too, with types that need no other bundler.
 *
 * @packageDocumentation
 */

export { default as esbuild } from './esbuild.mjs';
export { default as rollup } from './rollup.mjs';
export { default as rspack } from './rspack.mjs';
export { default as vite } from './vite.mjs';
export { default as webpack } from './webpack.mjs';
export type { PluginOptions } from './options.mjs';
