// ours
// Workers end in every way while the main thread uses the package; what it has goes on, and so do other workers.
import { assert, instance, pass } from '../support/hazard.mjs';
import { ended, interrupted, start } from '../support/workers.mjs';

const { exports } = await instance('delays');
const works = async () => assert.equal(await exports.sleepers(3, 1), 3);

for (const task of ['idle', 'computing', 'waiting', 'commands', 'cranelift']) {
  await Promise.all([interrupted(task), interrupted(task), ended(start('call'))]);
  await works();
}
// process.exit() in a worker, out of a snippet, ends the worker; so does an error that nobody catches while Haskell computes.
assert.deepEqual(await ended(start('exit')), { code: 3, error: undefined });
const { code, error } = await ended(start('throw'));
assert.equal(code, 1);
assert.equal(error.message, 'thrown');
await works();
pass();
