// ours
// fork() and cluster: each process has an engine of its own; the cache on disk is shared by those that start at once. A child
// that computes is ended by its parent's kill().
import { fork } from 'node:child_process';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { assert, instance, pass } from '../support/hazard.mjs';

const self = fileURLToPath(import.meta.url);

async function serve() {
  const { exports } = await instance('delays');
  process.on('message', (ms) => exports.sleepers(3, ms).then((n) => process.send(n)));
  process.send('ready');
  return exports;
}

async function ask(child) {
  assert.deepEqual(await once(child, 'message'), ['ready', undefined]);
  child.send(1);
  const [answer] = await once(child, 'message');
  assert.equal(answer, 3);
}

if (cluster.isWorker) {
  await serve();
} else if (process.argv[2] === 'compute') {
  const exports = await serve();
  exports.ticksWhile(100_000_000);
} else {
  // The parent uses it as well, before and while its children do.
  const { exports } = await instance('delays');
  assert.equal(await exports.sleepers(3, 1), 3);

  cluster.setupPrimary({ exec: self });
  const workers = Array.from({ length: 4 }, () => cluster.fork());
  await Promise.all(workers.map(ask));
  workers[0].process.kill('SIGKILL');
  workers.slice(1).forEach((worker) => worker.disconnect());
  const codes = await Promise.all(workers.map((worker) => once(worker, 'exit')));
  assert.deepEqual(codes, [
    [null, 'SIGKILL'],
    [0, null],
    [0, null],
    [0, null],
  ]);

  const computing = fork(self, ['compute']);
  await once(computing, 'message');
  computing.kill();
  assert.deepEqual(await once(computing, 'exit'), [null, 'SIGTERM']);
  assert.equal(await exports.sleepers(3, 1), 3);
  pass();
}
