// flags: --expose-gc
// ours
// Callbacks die when both heaps have let them go, and no sooner. Those of a closed instance are not given back to it.
import { assert, instance, pass, sleep } from '../support/hazard.mjs';

const { exports, stats } = await instance('lifetimes');

async function collectBoth() {
  for (let round = 0; round < 4; round += 1) {
    await exports.collect();
    globalThis.gc();
    await sleep(20);
  }
  return stats().callbacks;
}

let held = await exports.givenAdder(1);
for (let n = 0; n < 100; n += 1) await exports.givenAdder(n);
assert.equal(await collectBoth(), 1);
assert.equal(await held(1), 2);
held = undefined;
assert.equal(await collectBoth(), 0);

// Haskell holds an object that holds a callback: it lives until Haskell lets the object go.
let cycle = { callback: await exports.givenAdder(2) };
await exports.keep(cycle);
cycle = undefined;
assert.equal(await collectBoth(), 1);
assert.equal(await (await exports.giveKept()).callback(1), 3);
await exports.forget();
assert.equal(await collectBoth(), 0);

const closed = await instance('lifetimes');
for (let n = 0; n < 100; n += 1) await closed.exports.givenAdder(n);
await closed.dispose();
globalThis.gc();
await sleep(50);
globalThis.gc();
await sleep(50);
assert.equal(closed.stats().callbacks, 0);
pass();
