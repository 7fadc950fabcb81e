// flags: --expose-gc
// ours
// Workers that come, make and drop instances, and go, one generation after the other, leave no memory, no threads, no files
// and no mappings behind.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { atRest, ended, start } from '../support/workers.mjs';

async function generation() {
  const workers = Array.from({ length: 4 }, () => ended(start('churn', { count: 50 })));
  for (const outcome of await Promise.all(workers)) assert.deepEqual(outcome, { code: 0, error: undefined });
}

/** Threads and files of this process; pages and mappings as the kernel counts them. */
async function used() {
  globalThis.gc();
  await atRest();
  return {
    mebibytes: process.memoryUsage().rss / 2 ** 20,
    mappings: fs.readFileSync('/proc/self/maps', 'utf8').split('\n').length,
    threads: fs.readdirSync('/proc/self/task').length,
    files: fs.readdirSync('/proc/self/fd').length,
  };
}

for (let n = 0; n < 2; n += 1) await generation();
const before = await used();
for (let n = 0; n < 6; n += 1) await generation();
const after = await used();

// An instance has more than a mebibyte of memory of its own: 1,200 of them, or the 24 workers, would be seen.
const grown = JSON.stringify({ before, after });
assert.ok(after.mebibytes < before.mebibytes * 1.25 + 16, grown);
assert.ok(after.mappings < before.mappings + 100, grown);
assert.ok(after.threads <= before.threads + 2, grown);
assert.ok(after.files <= before.files + 2, grown);
if (process.argv[2] === 'show') console.log(grown);
console.log('pass');
