// flags: --expose-gc
// ours
// The timeout of a vm terminates JavaScript that Haskell calls, and what called Haskell; the rest of the thread goes on. The
// instance has ended; views of its memory, which cannot be taken away at that moment, show no memory of others.
import vm from 'node:vm';
import { assert, instance, pass, sleep } from '../support/hazard.mjs';

async function terminate() {
  const { exports, memory } = await instance('import-safety');
  const view = new Uint8Array(memory.buffer);
  const endless = () => {
    for (;;);
  };
  // Newer versions of Node let the function still return, with the promise of a call that has failed.
  const call = () => exports.viaUnsafe(endless).catch(() => {});
  const outcome = () => vm.runInNewContext('call()', { call }, { timeout: 50 });
  assert.throws(outcome, { code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' });
  await assert.rejects(async () => exports.sumTo(3), { code: 'ERR_HS_CLOSED' });
  return view;
}

const views = [];
for (let n = 0; n < 5; n += 1) views.push(await terminate());
const { exports } = await instance('import-safety');
for (let n = 0; n < 5; n += 1) {
  assert.equal(await exports.sumTo(3), 18);
  // Newer versions have taken them away by now: then they have no bytes.
  for (const view of views) for (let at = 0; at < view.length; at += 1024) assert.ok(view[at] >= 0);
  views.pop();
  globalThis.gc();
  await sleep(10);
}
pass();
