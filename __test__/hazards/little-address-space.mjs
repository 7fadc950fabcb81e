// ours
// Where addresses are scarce (`ulimit -v`) there are instances nevertheless, whose memory grows and moves; the one too many is
// refused with an error, and those that are there go on. A small heap of V8's is no hindrance either.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { assert, engine, fixture, instance, pass } from '../support/hazard.mjs';

const MANY = 1000;
const KIBIBYTES = 4_000_000;

const self = fileURLToPath(import.meta.url);
const sh = (script) => promisify(execFile)('sh', ['-c', script, 'sh', process.execPath, self]);

async function grow() {
  const { exports, memory } = await instance('heap');
  const before = memory.buffer;
  const [heldLength, bytes] = await exports.growUnderView(1_000_000);
  assert.deepEqual([heldLength, before.byteLength, memory.buffer.byteLength >= bytes], [0, 0, true]);
  assert.equal(await exports.total(), 500_000_500_000);
}

async function tooMany() {
  const module = await engine.compile(fixture('state'));
  const instances = [];
  const refused = await (async () => {
    while (instances.length < MANY) instances.push(await module.instantiate());
    return undefined;
  })().catch((error) => error);
  assert.ok(refused instanceof engine.LimitError, refused);
  assert.equal(refused.limit, 'memory');
  assert.match(refused.message, /the process may have 3906 MiB of address space \(ulimit -v\): raise/);
  assert.ok(instances.length > 10, `${instances.length} instances`);
  for (const { exports } of instances) assert.equal(await exports.add(1), 1);
  for (const { dispose } of instances.splice(0, 5)) dispose();
  const { exports } = await module.instantiate();
  assert.equal(await exports.add(2), 2);
}

if (process.argv[2] === 'scarce') {
  await grow();
  await tooMany();
  pass();
} else if (process.argv[2] === 'small heap') {
  await grow();
  pass();
} else {
  for (const script of [
    `ulimit -v ${KIBIBYTES} && exec "$1" "$2" scarce`,
    'exec "$1" --max-old-space-size=32 "$2" "small heap"',
  ]) {
    assert.deepEqual(await sh(script), { stdout: 'pass\n', stderr: '' });
  }
  pass();
}
