// ours
// What a synchronous import throws in a thread that nobody waits for is an uncaught exception, as the error of any
// other callback of the event loop; the instance says so afterwards.
import { assert, instance, pass } from '../support/hazard.mjs';

const { exports } = await instance('failures');
const thrown = new Error('in the background');
const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms, 1));
const uncaught = new Promise((resolve) => {
  process.once('uncaughtException', resolve);
  process.once('unhandledRejection', resolve);
});
await exports.callSyncAfter(
  () => after(5),
  () => {
    throw thrown;
  },
);
assert.equal(await exports.add(1, 2), 3);
assert.equal(await uncaught, thrown);
await assert.rejects(exports.add(1, 2), { code: 'ERR_HS_CLOSED', cause: thrown });
pass();
