// Instances that have nothing to do keep no process alive: fresh, used, with callbacks, with threads that wait for ever.
import { instance, pass } from '../support/hazard.mjs';

const timer = setTimeout(() => {
  console.log('still alive');
  process.exit(1);
}, 20_000);
timer.unref();

await instance('state');
const used = await instance('callbacks');
globalThis.count = await used.exports.counter(1);
await globalThis.count();
const slept = await instance('delays');
await slept.exports.sleepers(10, 1);
const waiting = await instance('import-safety');
waiting.exports.viaSafe(() => new Promise(() => {}));
process.once('exit', pass);
