// ours
// A process that ends while GHC compiles takes GHC with it, and leaves no temporary files.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { assert, engine, pass, sleep } from '../support/hazard.mjs';
import { childrenOf } from '../support/workers.mjs';

const HOWS = {
  exit: () => process.exit(3),
  throw: () => {
    throw new Error('thrown');
  },
};

const [, , how] = process.argv;
if (how) {
  // Enough for GHC to be at it when the end comes.
  const constants = Array.from(
    { length: 2000 },
    (_, n) => `c${n} :: Int -> Int\nc${n} x = x * ${n} + c${n && n - 1} x\n`,
  );
  const source = `module M where\nforeign export javascript "c1" c1 :: Int -> Int\n${constants.join('')}`;
  engine.compile(
    { source },
    { cache: false, onProgress: ({ phase }) => phase === 'compile' && process.send('') },
  );
  process.once('message', HOWS[how]);
} else {
  for (const each of Object.keys(HOWS)) {
    const TMPDIR = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-exit-'));
    const child = fork(new URL(import.meta.url), [each], { env: { ...process.env, TMPDIR }, silent: true });
    await once(child, 'message');
    const [ghc] = childrenOf(child.pid);
    assert.ok(ghc, 'GHC is to be running');
    child.send('');
    const [code] = await once(child, 'exit');
    assert.equal(code, each === 'exit' ? 3 : 1);
    while (fs.existsSync(`/proc/${ghc}`)) await sleep(10);
    assert.deepEqual(fs.readdirSync(TMPDIR), []);
    fs.rmdirSync(TMPDIR);
  }
  pass();
}
