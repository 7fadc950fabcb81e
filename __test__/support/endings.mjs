// How processes end: for the hazards, which look at the codes, and for `npm run bench:exit`, which looks at the times.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { inspect } from 'node:util';

const program = path.join(import.meta.dirname, 'ending.mjs');

/** Long after this a process has not ended but hangs. */
const HANG_MS = 60_000;

/** What Haskell does when the end comes. */
const works = ['idle', 'computing', 'waiting'];

/** How the end comes, and what a process without hs-wasm would make of it. */
const ends = {
  exit: { code: 3 },
  exitInSnippet: { code: 3 },
  exitInCallback: { code: 3 },
  throwInTimer: { code: 1, stderr: /Error: thrown/ },
  throwInSnippet: { code: 1, stderr: /Error: thrown/ },
  reject: { code: 1, stderr: /Error: thrown/ },
  SIGTERM: { signal: 'SIGTERM' },
  SIGINT: { signal: 'SIGINT' },
  natural: { code: 0 },
};

/**
 * Starts a process that does `work` and ends as `end` says: how many milliseconds its end took. Throws if it did not end as
 * it should; one that hangs is killed.
 */
async function endOf(work, end) {
  const bySignal = end.startsWith('SIG');
  const child = spawn(process.execPath, [program, work, bySignal ? 'signal' : end]);
  const hang = setTimeout(() => child.kill('SIGKILL'), HANG_MS);
  let began;
  let stderr = '';
  child.stdout.once('data', () => {
    began = performance.now();
    if (bySignal) child.kill(end);
  });
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const closed = once(child, 'close');
  const [code, signal] = await once(child, 'exit');
  const ms = performance.now() - began;
  clearTimeout(hang);
  await closed;
  const wanted = { code: null, signal: null, stderr: /^$/, ...ends[end] };
  const matches = code === wanted.code && signal === wanted.signal && wanted.stderr.test(stderr);
  if (!matches || began === undefined) {
    throw new Error(
      `${end} while ${work}: expected ${inspect(wanted)}, found ${inspect({ code, signal, stderr })}`,
    );
  }
  return ms;
}

export { ends, endOf, works };
