import type { Plugin } from 'vite';
import type { PluginOptions } from './options.mjs';

/**
 * The plugin for Vite: a Haskell file can be imported, and its wasm becomes an asset.
 *
 * @throws TypeError for options that do not exist or have another type
 */
export default function hsWasm(options?: PluginOptions): Plugin;
