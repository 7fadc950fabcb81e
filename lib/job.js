'use strict';
/** Long native work: progress out, a signal in. */

const { abortion, throwIfAborted } = require('./abort.js');
const { binding, unwrap } = require('./native.js');

/** Jobs that have not ended: the addon stops those that are collected. */
const running = new Set();

/** GHC would go on without us. */
const endAll = () => running.forEach((job) => job.end());

function begin(job) {
  if (running.size === 0) {
    process.on('exit', endAll);
  }
  running.add(job);
}

function end(job) {
  running.delete(job);
  if (running.size === 0) {
    process.off('exit', endAll);
  }
}

/**
 * Starts `start(job)` and gives what it resolves with.
 *
 * @param {{ signal?: AbortSignal | null, onProgress?: Function | null }} options
 * @param {(job: object) => Promise<object>} start
 */
async function work({ signal, onProgress }, start) {
  throwIfAborted(signal, 'the operation');
  const job = new binding.NativeJob(onProgress ? quietly((at) => onProgress(shown(at))) : undefined);
  const abort = () => job.abort();
  signal?.addEventListener('abort', abort, { once: true });
  begin(job);
  try {
    const outcome = await start(job);
    if (outcome.error?.code === 'ABORT_ERR') {
      throw abortion(signal, 'the operation');
    }
    return unwrap(outcome);
  } finally {
    end(job);
    signal?.removeEventListener('abort', abort);
  }
}

/** Progress is for looking at: a fault of who looks must not end the work. */
function quietly(onProgress) {
  return (progress) => {
    try {
      onProgress(progress);
    } catch {
      // Said in `index.d.ts`.
    }
  };
}

/** A native report as `index.d.ts` has it. Where nothing is counted, no field says so. */
function shown({ phase, message, name, index, total, bytes, totalBytes, elapsedMs, remainingMs }) {
  const all = {
    phase,
    message: message || name || phase,
    done: total ? index : undefined,
    total: total || undefined,
    bytes,
    totalBytes,
    elapsedMs,
    remainingMs,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

module.exports = { quietly, work };
