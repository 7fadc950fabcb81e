// flags: --expose-gc
// A million JavaScript values that Haskell makes and frees, or drops, leave nothing behind: no entry in the table of values, no
// memory.
import { assert, instance, pass } from '../support/hazard.mjs';

const { exports, stats } = await instance('jsvals');

async function used(work) {
  await work();
  await exports.collect();
  globalThis.gc();
  return { jsvals: stats().jsvals, mebibytes: process.memoryUsage().rss / 2 ** 20 };
}

// Haskell's heap and V8's, which they keep, are as large after two of them as they will be.
await used(() => exports.makeAndFree(1_000_000));
const before = await used(() => exports.makeAndFree(1_000_000));
const freed = await used(() => exports.makeAndFree(1_000_000));
assert.equal(freed.jsvals, before.jsvals);
assert.ok(freed.mebibytes < before.mebibytes + 20, JSON.stringify([before, freed]));
const dropped = await used(() => exports.makeAndDrop(100_000));
assert.equal(dropped.jsvals, before.jsvals);
pass();
