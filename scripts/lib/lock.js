'use strict';
/**
 * One set-up at a time, in this folder and among processes of this machine.
 *
 * A lock is a row of files `lock.1`, `lock.2`, …, of which the highest counts: it names its holder, or
 * nobody. Whoever finds it free, or its holder gone, makes the next one; making a file fails if it is
 * there, so one process wins. The highest is removed only when there is a higher one: a process that looked
 * too long ago makes one that is not the highest, sees that, and tries again.
 */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { interrupted } = require('./interrupt.js');
const { state } = require('./run.js');

/** The holder shows this often that it lives … */
const HEARTBEAT_MS = 2_000;
/** … and counts as gone after this long without a sign, should its process id tell nothing. */
const SILENCE_MS = 60_000;
const RETRY_MS = 200;

/**
 * Runs `work` while no other process holds the lock.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @param {(pid: number) => void} onWait told once, if another process holds it
 * @returns {Promise<T>}
 */
async function withLock(work, onWait) {
  fs.mkdirSync(state, { recursive: true });
  const file = await acquire(onWait);
  const heartbeat = setInterval(() => fs.utimes(file, new Date(), new Date(), () => {}), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    fs.writeFileSync(file, '');
  }
}

async function acquire(onWait) {
  const me = JSON.stringify({ pid: process.pid, host: os.hostname() });
  for (let waited = false; ;) {
    interrupted.throwIfAborted();
    const highest = Math.max(0, ...numbers());
    const holder = highest > 0 ? holderOf(nameOf(highest)) : undefined;
    if (!holder) {
      const mine = nameOf(highest + 1);
      if (create(mine, me)) {
        const others = numbers().filter((number) => number !== highest + 1);
        if (others.every((number) => number <= highest)) {
          others.forEach((number) => fs.rmSync(nameOf(number), { force: true }));
          return mine;
        }
        fs.rmSync(mine, { force: true });
      }
    } else if (!waited) {
      waited = true;
      onWait(holder.pid);
    }
    await sleep(RETRY_MS);
  }
}

const nameOf = (number) => path.join(state, `lock.${number}`);

function numbers() {
  return fs.readdirSync(state).flatMap((name) => /^lock\.(\d+)$/.exec(name)?.slice(1).map(Number) ?? []);
}

/** Makes the file with its text at once, or finds it made by another. */
function create(file, text) {
  const draft = `${file}.${process.pid}`;
  fs.writeFileSync(draft, text);
  try {
    fs.linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') {
      return false;
    }
    throw error;
  } finally {
    fs.rmSync(draft);
  }
}

/** Who holds a lock, or `undefined` if nobody does any more. */
function holderOf(file) {
  try {
    const text = fs.readFileSync(file, 'utf8');
    const holder = text === '' ? undefined : JSON.parse(text);
    const silent = Date.now() - fs.statSync(file).mtimeMs > SILENCE_MS;
    return holder && !silent && lives(holder) ? holder : undefined;
  } catch (error) {
    if (error.code === 'ENOENT') {
      return undefined; // a newer one has taken its place
    }
    throw error;
  }
}

function lives({ pid, host }) {
  try {
    return host !== os.hostname() || process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

module.exports = { withLock };
