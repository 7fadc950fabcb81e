// Instances that nobody disposes of, with calls that wait for ever and that nobody waits for, do not keep Node alive, and
// make no error of its end; wherever they run.
import { instance, pass } from '../support/hazard.mjs';

for (const thread of ['auto', 'main', 'worker']) {
  const { exports } = await instance('import-safety', { thread });
  exports.viaSafe(() => new Promise(() => {}));
  await exports.sumTo(3);
  // Queued behind a call that computes.
  const computing = exports.sumTo(200_000);
  exports.viaSafe(() => new Promise(() => {}));
  await computing;
}
// The event loop turns once more after its end.
process.once('beforeExit', () => setImmediate(() => {}));
process.once('exit', pass);
