'use strict';
/**
 * Shows that something long goes on: a line that moves on a terminal, now and then a plain line elsewhere.
 */

const { duration, megabytes } = require('../lib/units.js');

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;
/** Where nobody watches, a line this often shows that it is alive. */
const PLAIN_MS = 15_000;
const BAR_WIDTH = 20;

/**
 * What can be shown: a text, how many of how many, bytes of how many, and the milliseconds that may be left.
 *
 * @typedef {{ message: string, done?: number, total?: number, bytes?: number, totalBytes?: number, remainingMs?: number }} State
 */

/**
 * Runs `work` under a title.
 *
 * @template T
 * @param {string} title what is being done: `Building the addon`
 * @param {(report: (state: State) => void) => Promise<T>} work
 * @param {NodeJS.WriteStream} [stream]
 * @returns {Promise<T>}
 */
async function progress(title, work, stream = process.stderr) {
  const line = stream.isTTY && process.env.TERM !== 'dumb' ? terminalLine(stream) : plainLines(stream);
  const start = Date.now();
  let state = { message: '' };
  let reported = start;
  const show = () => {
    const { remainingMs } = state;
    const left = remainingMs === undefined ? undefined : Math.max(0, remainingMs - (Date.now() - reported));
    line.show(title, duration(Date.now() - start), { ...state, remainingMs: left });
  };
  show();
  const timer = setInterval(show, line.everyMs);
  try {
    const result = await work((next) => {
      state = next;
      reported = Date.now();
    });
    line.end('✓', title, duration(Date.now() - start));
    return result;
  } catch (error) {
    line.end('✗', title, duration(Date.now() - start));
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/** What is known besides the text. */
function details({ done, total, bytes, totalBytes, remainingMs }) {
  return [
    total > 1 ? `${done} of ${total}` : '',
    bytes === undefined ? '' : megabytes(bytes, totalBytes),
    remainingMs === undefined ? '' : `about ${duration(remainingMs)} left`,
  ].filter(Boolean);
}

/** How much is done, from 0 to 1, if that is known. */
function shareOf({ done, total, bytes, totalBytes }) {
  return totalBytes ? bytes / totalBytes : total > 1 ? done / total : undefined;
}

function terminalLine(stream) {
  let frame = 0;
  const write = (text) => stream.write(`\r${text}\x1b[K`);
  return {
    everyMs: FRAME_MS,
    show(title, time, state) {
      const head = `${FRAMES[frame++ % FRAMES.length]} ${title}  ${time}  `;
      const done = shareOf(state);
      const parts = [done === undefined ? '' : bar(done), ...details(state), state.message].filter(Boolean);
      // One column less than there is: a full line would wrap, and could not be written over.
      write(`${head}${parts.join('  ')}`.slice(0, (stream.columns || 80) - 1));
    },
    end: (mark, title, time) => write(`${mark} ${title}  ${time}`) && stream.write('\n'),
  };
}

function plainLines(stream) {
  return {
    everyMs: PLAIN_MS,
    show(title, time, state) {
      const parts = [time === '0 s' ? '' : time, ...details(state), state.message].filter(Boolean).join(', ');
      stream.write(`${title} …${parts && ` ${parts}`}\n`);
    },
    end: (mark, title, time) => stream.write(`${mark} ${title}: ${time}\n`),
  };
}

function bar(filled) {
  const full = Math.round(Math.min(1, Math.max(0, filled)) * BAR_WIDTH);
  return `[${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)}]`;
}

module.exports = { progress };
