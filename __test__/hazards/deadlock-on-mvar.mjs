// ours
// Threads that wait for nobody: when the event loop has nothing left to do, their calls reject and say why.
import { assert, instance, pass } from '../support/hazard.mjs';

const { exports } = await instance('failures');
const deadlock = (call) =>
  assert.rejects(call, { code: 'ERR_HS_DEADLOCK', message: /blocked \(on an MVar or in STM\)/ });
await Promise.all([deadlock(exports.waitForNobody()), deadlock(exports.waitForEachOther())]);
assert.equal(await exports.add(1, 2), 3);
pass();
