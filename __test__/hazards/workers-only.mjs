// ours
// The package is loaded in worker threads and nowhere else. They come and go, end by themselves, are terminated in the middle
// of calls, of waits, of compilations and of loading the addon, one after the other and all at once; the process goes on, and
// nothing of what they had begun.
import assert from 'node:assert/strict';
import { atRest, ended, interrupted, start } from '../support/workers.mjs';

const midway = ['load', 'idle', 'computing', 'waiting', 'memory', 'commands', 'cranelift', 'ghc'];
for (const task of midway) {
  await interrupted(task);
  await atRest();
}
assert.deepEqual(await ended(start('call')), { code: 0, error: undefined });
await Promise.all(midway.map(interrupted));
for (let n = 0; n < 20; n += 1) await interrupted('memory');
await atRest();
assert.deepEqual(await ended(start('call')), { code: 0, error: undefined });

// As early as it gets: while the addon is being loaded.
for (const ms of [0, 5, 10, 20, 40]) {
  const worker = start('call');
  await new Promise((resolve) => setTimeout(resolve, ms));
  await worker.terminate();
}
assert.deepEqual(await ended(start('call')), { code: 0, error: undefined });
console.log('pass');
