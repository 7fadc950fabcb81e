/**
 * What code made by the plugins of `hs-wasm/unplugin` uses: a compiled library of exports, opened at once.
 *
 * @packageDocumentation
 */

import type { Exports } from '../../index.js';

/**
 * The exports of a new instance of the wasm file `wasm`. It ends when nobody can call it any more.
 *
 * @param wasm a path or a `file:` URL
 * @param options `name`: the name of the program
 * @throws what `load` and `Module.instantiate` reject with
 */
export function open<E = Exports>(wasm: string | URL, options?: { name?: string }): E;
