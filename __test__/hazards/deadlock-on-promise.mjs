// ours
// Promises that nobody will settle: when the event loop has nothing left to do, the calls that wait for them reject
// and say for how many. A timer that is still to come is something to do.
import { assert, instance, pass } from '../support/hazard.mjs';

const { exports } = await instance('failures');
let settle;
const late = exports.waitFor(() => new Promise((resolve) => (settle = resolve)));
setTimeout(() => settle(5), 50);
const stuck = [1, 2].map(() => exports.waitFor(() => new Promise(() => {})));
assert.equal(await late, 5);
const wanted = {
  code: 'ERR_HS_DEADLOCK',
  message: /waits for 2 JavaScript promises that nothing will settle/,
};
await Promise.all(stuck.map((call) => assert.rejects(call, wanted)));
assert.equal(await exports.add(1, 2), 3);
pass();
