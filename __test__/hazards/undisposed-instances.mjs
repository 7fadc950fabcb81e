// A program that makes instances and disposes of none, and whose JavaScript is small: V8 is told how large they are, and
// collects the garbage. 2,000 of them at once would take 750 MiB.
import { assert, engine, fixture, pass } from '../support/hazard.mjs';

const module = await engine.compile(fixture('jsvals'));
let most = 0;
for (let n = 0; n < 2000; n += 1) {
  const { exports } = await module.instantiate();
  await exports.makeAndDrop(1);
  most = Math.max(most, process.memoryUsage.rss());
}
assert.ok(most < 400 * 2 ** 20, `${most >> 20} MiB`);
pass();
