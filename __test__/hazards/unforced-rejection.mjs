// A result that Haskell never uses is never waited for: its rejection is an unhandled one, as in
// JavaScript, with the very value, and the instance goes on.
import { once } from 'node:events';
import { assert, instance, pass } from '../support/hazard.mjs';

const { exports } = await instance('js-exceptions');
const reason = new Error('nobody waits for me');
const unhandled = once(process, 'unhandledRejection');
await exports.notAwaited(async () => {
  throw reason;
});
assert.equal((await unhandled)[0], reason);
assert.equal(await exports.recovered(() => 5), 5);
pass();
