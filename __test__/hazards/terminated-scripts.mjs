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
  assert.throws(
    () => vm.runInNewContext('call()', { call: () => exports.viaUnsafe(endless) }, { timeout: 50 }),
    {
      code: 'ERR_SCRIPT_EXECUTION_TIMEOUT',
    },
  );
  await assert.rejects(async () => exports.sumTo(3), { code: 'ERR_HS_CLOSED' });
  return view;
}

const views = [];
for (let n = 0; n < 5; n += 1) views.push(await terminate());
const { exports } = await instance('import-safety');
for (let n = 0; n < 5; n += 1) {
  assert.equal(await exports.sumTo(3), 18);
  for (const view of views) view.reduce((sum, byte) => sum + byte, 0);
  views.pop();
  globalThis.gc();
  await sleep(10);
}
pass();
