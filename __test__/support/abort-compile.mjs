// Compiles the package in a folder, with a folder of its own for temporary files, and aborts when modules begin to
// be compiled. Says what is left a second later, and whether the package can then be compiled.
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const [folder, temporary] = process.argv.slice(2);
process.env.TMPDIR = temporary;
const { compile } = (await import('../../index.js')).default;

const abort = new AbortController();
const onProgress = ({ phase }) => phase === 'compile' && abort.abort();
const { code } = await compile(folder, { signal: abort.signal, onProgress }).catch((error) => error);
await sleep(1000);

/** Whether a process works in the folder, and is no zombie that only waits to be counted. */
const isOurs = (pid) => {
  try {
    return fs.readlinkSync(`/proc/${pid}/cwd`) === folder;
  } catch {
    return false;
  }
};
const processes = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isOurs(name)).length;
const files = fs.readdirSync(temporary).length;
const { kind } = await compile(folder, { exports: ['hs_exit'] });
console.log(`${code}, processes: ${processes}, files: ${files}, then: ${kind}`);
