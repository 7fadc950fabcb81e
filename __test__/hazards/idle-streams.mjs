// ours
// A stdin that is open, but that Haskell does not read, keeps no process alive.
import { PassThrough } from 'node:stream';
import { assert, instance, pass } from '../support/hazard.mjs';

const timer = setTimeout(() => {
  console.log('still alive');
  process.exit(1);
}, 20_000);
timer.unref();

for (const stdin of ['pipe', 'inherit', new PassThrough()]) {
  const { exports } = await instance('state', { stdin, stdout: 'pipe' });
  assert.equal(await exports.add(1), 1);
}
process.once('exit', pass);
