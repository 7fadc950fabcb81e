// A thousand guests that sleep 200 ms at once: how long that takes, and what each costs.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { guest } = require('../__test__/support/guests.js');
const { load } = require('../index.js');

const COUNT = 1000;
const module = await load(await guest('sleep'));
await module.run();
const [before, start] = [process.memoryUsage().rss, performance.now()];
const runs = Array.from({ length: COUNT }, () => module.run());
let most = before;
const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 10);
await Promise.all(runs);
clearInterval(timer);
const [took, each] = [performance.now() - start, (most - before) / COUNT / 1024];
console.log(`${COUNT} guests sleeping 200 ms: ${took.toFixed(0)} ms, ${each.toFixed(0)} KiB each`);
