// ours
// When the process ends, guests that compute on workers stand still: Node ends its own threads then, and they need the
// processors. A value that a listener of `exit` wants of such a guest it gets nevertheless.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import guests from '../support/guests.js';
import { assert, engine, fixture, pass, sleep } from '../support/hazard.mjs';

const WINDOW_MS = 400;

/** Waits, and gives how much of a processor was used meanwhile. */
function used() {
  const before = process.cpuUsage();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WINDOW_MS);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / WINDOW_MS;
}

if (process.argv[2] === undefined) {
  const args = [fileURLToPath(import.meta.url), 'child'];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(status, 7);
  const { computing, ending, count } = JSON.parse(stdout);
  assert.ok(ending < computing / 4, stdout);
  assert.equal(count, 1);
  pass();
} else {
  // Nothing but the guests computes: better code would be made meanwhile where there is none yet.
  const optimized = { tier: 'optimized' };
  const module = await engine.compile(fixture('computing'), optimized);
  const away = await module.instantiate({ thread: 'worker' });
  away.exports.compute(-1).catch(() => {});
  const imported = await engine.load(await guests.guest('computing'), optimized);
  const guest = await imported.instantiate({ thread: 'worker' });
  guest.exports.compute(1_500_000, () => 0).catch(() => {});
  const endless = await engine.load(await guests.guest('endless'));
  endless.run().catch(() => {});
  await sleep(30);
  const computing = used();
  process.on('exit', () => {
    const ending = used();
    console.log(JSON.stringify({ computing, ending, count: guest.exports.count() }));
  });
  process.exit(7);
}
