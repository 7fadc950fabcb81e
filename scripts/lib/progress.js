'use strict';
/**
 * Shows that something long goes on: a line that moves on a terminal, now and then a plain line elsewhere.
 */

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;
/** Where nobody watches, a line this often shows that it is alive. */
const PLAIN_MS = 15_000;
const BAR_WIDTH = 20;

/**
 * Runs `work` under a title.
 *
 * @template T
 * @param {string} title what is being done: `Building the addon`
 * @param {(report: (text: string, done?: number, total?: number) => void) => Promise<T>} work
 * @param {NodeJS.WriteStream} [stream]
 * @returns {Promise<T>}
 */
async function progress(title, work, stream = process.stderr) {
  const line = stream.isTTY && process.env.TERM !== 'dumb' ? terminalLine(stream) : plainLines(stream);
  const start = Date.now();
  let state = { text: '' };
  const show = () => line.show(title, elapsed(start), state);
  show();
  const timer = setInterval(show, line.everyMs);
  try {
    const result = await work((text, done, total) => {
      state = { text, done, total };
    });
    line.end('✓', title, elapsed(start));
    return result;
  } catch (error) {
    line.end('✗', title, elapsed(start));
    throw error;
  } finally {
    clearInterval(timer);
  }
}

function terminalLine(stream) {
  let frame = 0;
  const write = (text) => stream.write(`\r${text}\x1b[K`);
  return {
    everyMs: FRAME_MS,
    show(title, time, { text, done, total }) {
      const head = `${FRAMES[frame++ % FRAMES.length]} ${title}  ${time}  `;
      const counted = total ? `${bar(done / total)} ${done} of ${total}  ` : '';
      // One column less than there is: a full line would wrap, and could not be written over.
      write(`${head}${counted}${text}`.slice(0, (stream.columns || 80) - 1));
    },
    end: (mark, title, time) => write(`${mark} ${title}  ${time}`) && stream.write('\n'),
  };
}

function plainLines(stream) {
  return {
    everyMs: PLAIN_MS,
    show(title, time, { text, done, total }) {
      const counted = total ? `${done} of ${total}` : '';
      const details = [time === '0 s' ? '' : time, counted, text].filter(Boolean).join(', ');
      stream.write(`${title} …${details && ` ${details}`}\n`);
    },
    end: (mark, title, time) => stream.write(`${mark} ${title}: ${time}\n`),
  };
}

function bar(share) {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH);
  return `[${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)}]`;
}

function elapsed(start) {
  const seconds = Math.round((Date.now() - start) / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

module.exports = { progress };
