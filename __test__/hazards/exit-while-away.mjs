// ours
// The process ends at once by process.exit() and uncaught errors, while guests compute on workers and wait in imports.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { assert, instance, pass, sleep } from '../support/hazard.mjs';

const [, , how] = process.argv;
if (how === undefined) {
  for (const [way, code] of Object.entries({ exit: 7, throw: 1, reject: 1, import: 7, dispose: 0 })) {
    const { status, signal } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), way], {
      timeout: 60_000,
    });
    assert.deepEqual([way, status, signal], [way, code, null]);
  }
  pass();
} else {
  const all = [];
  for (const thread of ['auto', 'worker']) all.push(await instance('computing', { thread }));
  const ends = { exit: () => process.exit(7), reject: () => Promise.reject(new Error('on purpose')) };
  const calls = all.map(({ exports }) =>
    how === 'import' ? exports.chat(-1, ends.exit) : exports.compute(-1),
  );
  for (const call of calls) call.catch(() => {});
  await sleep(30);
  if (how === 'throw') throw new Error('on purpose');
  if (how === 'dispose') for (const each of all) each.dispose();
  else ends[how]?.();
}
