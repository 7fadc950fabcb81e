/**
 * What the plugins for bundlers take. See `docs/import.md`.
 *
 * @packageDocumentation
 */

import type { CompileOptions } from '../../index.js';

/** How imported files are compiled; wins over the key `hs-wasm` of `package.json`. */
export interface PluginOptions extends Pick<CompileOptions, 'ghcOptions' | 'packages' | 'optimize'> {
  /** Where the bundle runs. Default: as the bundler knows, or `'node'` where it does not. */
  target?: 'node' | 'browser';
}
