// Worker threads for the hazards, which themselves may load the package or not.
import { once } from 'node:events';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

/** Starts `worker.mjs` with a task; its name is one there. */
const start = (task, data = {}) =>
  new Worker(new URL('worker.mjs', import.meta.url), { workerData: { task, ...data } });

/** Starts a task and terminates the worker when it is under way. */
async function interrupted(task) {
  const worker = start(task);
  await once(worker, 'message');
  await worker.terminate();
}

/** The exit code of a worker that ends by itself, and the error that it died of. */
async function ended(worker) {
  let error;
  worker.once('error', (thrown) => (error = thrown));
  // Not `once()` of events, which an error ends: the exit may follow before a promise is told.
  const code = await new Promise((resolve) => worker.once('exit', resolve));
  return { code, error };
}

/** Waits until nothing that was started is left: no process, and no thread that computes. */
async function atRest() {
  for (let busy = true; busy;) {
    const before = process.cpuUsage();
    await sleep(200);
    const { user, system } = process.cpuUsage(before);
    busy = user + system > 100_000 || childrenOf(process.pid).length > 0;
  }
}

/** The processes whose parent is `pid`. */
function childrenOf(pid) {
  const parentOf = (child) => {
    try {
      const stat = fs.readFileSync(`/proc/${child}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')')).split(' ')[2]);
    } catch {
      return undefined; // It has ended meanwhile.
    }
  };
  return fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === pid);
}

export { atRest, childrenOf, ended, interrupted, start };
