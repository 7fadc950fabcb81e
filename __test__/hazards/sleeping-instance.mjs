// Node stays alive while Haskell sleeps, and ends when it has woken up.
import { assert, instance, pass } from '../support/hazard.mjs';

const { exports } = await instance('delays');
let woken = 0;
exports.sleepers(10, 100).then((n) => {
  woken = n;
});
process.once('exit', () => {
  assert.equal(woken, 10);
  pass();
});
