// flags: --expose-gc
// What one heap lets go, the other lets go: values that only Haskell held, closures that only JavaScript held.
import { assert, instance, pass, sleep } from '../support/hazard.mjs';

const { exports, stats } = await instance('jsvals');

async function collectBoth() {
  for (let round = 0; round < 3; round += 1) {
    await exports.collect();
    globalThis.gc();
    await sleep(20);
  }
  return stats().jsvals;
}

const before = await collectBoth();
let value = { held: 'by Haskell' };
const watched = new WeakRef(value);
await exports.hold(value);
value = undefined;
await exports.makeAndHold(1000);
await exports.callbacksDropped(1000);
assert.equal(await collectBoth(), before + 1001);
assert.equal(watched.deref()?.held, 'by Haskell');
await exports.letGo();
assert.equal(await collectBoth(), before);
assert.equal(watched.deref(), undefined);
pass();
