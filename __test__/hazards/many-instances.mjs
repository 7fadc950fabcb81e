// flags: --expose-gc
// Three hundred instances, one after the other and each used, leave no memory behind.
import { assert, instance, pass, sleep } from '../support/hazard.mjs';

async function use(count) {
  for (let n = 0; n < count; n += 1) {
    const running = await instance('jsvals');
    await running.exports.makeAndDrop(10);
    await running.dispose();
  }
  globalThis.gc();
  await sleep(50);
  globalThis.gc();
  return process.memoryUsage().rss;
}

const before = await use(100);
const after = await use(200);
assert.ok(after < before + 200 * 2 ** 20, `${before} bytes became ${after}`);
pass();
