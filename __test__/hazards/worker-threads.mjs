// Workers load the package on their own, call Haskell, and may be terminated in the middle of a call.
/* oxlint-disable unicorn/require-post-message-target-origin -- a port between threads has no origin */
import { once } from 'node:events';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { assert, instance, pass } from '../support/hazard.mjs';

if (isMainThread) {
  const { exports } = await instance('delays');
  for (let round = 0; round < 5; round += 1) {
    const worker = new Worker(new URL(import.meta.url));
    assert.deepEqual(await once(worker, 'message'), [3]);
    if (round % 2) worker.postMessage('go on');
    await worker.terminate();
  }
  assert.equal(await exports.sleepers(3, 1), 3);
  pass();
} else {
  const { exports } = await instance('delays');
  parentPort.postMessage(await exports.sleepers(3, 1));
  parentPort.once('message', () => exports.ticksWhile(1_000_000));
}
