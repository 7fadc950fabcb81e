// ours
// A program that makes instances and disposes of none, and whose JavaScript is small: V8 is told how large they are, and
// collects them as it goes, about every thirty. Untold it keeps hundreds.
import { setImmediate as turn } from 'node:timers/promises';
import { assert, engine, fixture, pass } from '../support/hazard.mjs';

const COUNT = 2000;
const module = await engine.compile(fixture('jsvals'));
let collected = 0;
const registry = new FinalizationRegistry(() => (collected += 1));
let most = 0;
let bytes = 0;
for (let made = 0; made < COUNT; made += 1) {
  const instance = await module.instantiate();
  registry.register(instance);
  await instance.exports.makeAndDrop(1);
  await turn();
  most = Math.max(most, made - collected);
  bytes = Math.max(bytes, process.memoryUsage.rss());
}
assert.ok(most < COUNT / 8, `${most} at a time`);
assert.ok(bytes < 320 * 2 ** 20, `${bytes / 2 ** 20} MiB`);
pass();
