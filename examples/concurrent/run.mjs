// Shows: threads that sleep in Haskell cost no thread and do not block the event loop.
import { instantiate } from 'hs-wasm';

const { exports } = await instantiate(new URL('Main.hs', import.meta.url));

let ticks = 0;
const timer = setInterval(() => ticks++, 10);
const start = performance.now();
const total = await exports.sleepers(1000);
const elapsed = performance.now() - start;
clearInterval(timer);

console.log(`1,000 threads slept half a second each; their numbers add up to ${total}`);
console.log(
  `it took ${(elapsed / 1000).toFixed(1)} s, in which the event loop turned ${ticks > 20 ? 'freely' : 'hardly at all'}`,
);
