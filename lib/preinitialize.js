'use strict';
/** The step that `compile()` takes with `preinitialize`, the last before machine code: the module's start is made. */

const { createHash } = require('node:crypto');
const path = require('node:path');
const { throwIfAborted } = require('./abort.js');
const { kept } = require('./kept.js');
const { binding, unwrap } = require('./native.js');

/** Changes when this package makes another module of the same one. */
const FORM = 1;

/**
 * The bytes of a module whose start has been made.
 *
 * @param {() => Promise<Buffer>} linked gives the module
 * @param {{ rtsOptions: string[] }} settings
 * @param {{ origin: unknown, name: string, cacheFolder?: string, signal?: AbortSignal | null, onProgress?: Function | null }} how
 *   `origin` tells the module from all others
 */
async function preinitialize(linked, { rtsOptions }, { origin, name, cacheFolder, signal, onProgress }) {
  const key = createHash('sha256').update(JSON.stringify([FORM, origin, rtsOptions]));
  const keep = cacheFolder && path.join(cacheFolder, 'preinitialized', `${key.digest('hex')}.wasm`);
  onProgress?.({ phase: 'preinitialize', message: `the start of ${name}` });
  const made = await kept(keep, async () => unwrap(await binding.preinitialize(await linked(), rtsOptions)));
  throwIfAborted(signal, 'the operation');
  return made;
}

module.exports = { preinitialize };
