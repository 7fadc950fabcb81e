// ours
// 100 MiB into a Writable that takes its time: the guest waits for it, and next to nothing piles up.
import { Writable } from 'node:stream';
import guests from '../support/guests.js';
import { assert, engine, pass } from '../support/hazard.mjs';

const MIB = 2 ** 20;
const module = await engine.load(await guests.guest('write'));

/** How many bytes more this process has while a guest writes into a stream that takes a piece per turn. */
async function growth() {
  const before = process.memoryUsage.rss();
  let [written, most] = [0, before];
  const stdout = new Writable({
    write(chunk, _, done) {
      written += chunk.length;
      most = Math.max(most, process.memoryUsage.rss());
      setTimeout(done, 1);
    },
  });
  const { exitCode } = await module.run({ stdout });
  await new Promise((resolve) => stdout.end(resolve));
  assert.deepEqual([exitCode, written], [0, 100 * MIB]);
  return most - before;
}

// The first run has Node and V8 warm up; and what the allocator gives back and when is its own affair.
await growth();
const grown = [await growth(), await growth(), await growth()];
assert.ok(Math.min(...grown) < 8 * MIB, `${grown.map((bytes) => bytes / MIB)} MiB more`);
pass();
