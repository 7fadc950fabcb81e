// flags: --expose-gc
// Instances that come and go, half of them without being disposed of, leave no memory, no mappings and no files behind.
// With a number, that many of them: `node --expose-gc many-instances.mjs 10000`.
import fs from 'node:fs';
import { assert, instance, pass, sleep } from '../support/hazard.mjs';

const COUNT = Number(process.argv[2] ?? 900);

/** In several rounds: what is let go in one makes more garbage. */
async function collect() {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc();
    await sleep(5);
  }
}

async function use(count) {
  for (let n = 0; n < count; n += 1) {
    const running = await instance('jsvals');
    await running.exports.makeAndDrop(10);
    if (n % 2) await running.dispose();
    if (n % 50 === 0) await collect();
  }
  await collect();
  return {
    mebibytes: process.memoryUsage().rss / 2 ** 20,
    mappings: fs.readFileSync('/proc/self/maps', 'utf8').split('\n').length,
    files: fs.readdirSync('/proc/self/fd').length,
  };
}

await use(COUNT / 3);
const before = await use(COUNT / 3);
const after = await use(COUNT);
const seen = JSON.stringify({ before, after });
// One instance has more than a mebibyte and several mappings.
assert.ok(after.mebibytes < before.mebibytes * 1.1 + 64, seen);
assert.ok(after.mappings < before.mappings * 1.1 + 200, seen);
assert.ok(after.files <= before.files, seen);
pass();
