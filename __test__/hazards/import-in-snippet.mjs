// A snippet with `import()` finds Node's modules and data URLs; a missing one rejects.
import path from 'node:path';
import { assert, instance, pass } from '../support/hazard.mjs';

const { exports } = await instance('import-module');
assert.equal((await exports.importModule('node:path')).default, path);
assert.equal((await exports.importModule('data:text/javascript,export const n = 5')).n, 5);
assert.equal(await exports.joinPath('a', 'b'), 'a/b');
await assert.rejects(
  exports.importModule('node:nonsense'),
  /JSException "Error \[ERR_UNKNOWN_BUILTIN_MODULE\]/,
);
pass();
