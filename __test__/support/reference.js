'use strict';
// The reference: what a user has without hs-wasm. The same GHC, GHC's own post-link.mjs, V8's
// WebAssembly and node:wasi, in the shape of hs-wasm's interface. A spec that passes on both shows
// that hs-wasm does what GHC's own host does. It knows only what the specs need; an option that it
// does not know is an error. `proc_exit` becomes an exception here as it does in hs-wasm, because
// node:wasi would end the whole test run.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { text } = require('node:stream/consumers');
const { WASI } = require('node:wasi');
const { build } = require('./reference-build');

/** The guest called `proc_exit`. */
class ExitError extends Error {
  constructor(exitCode) {
    super(`the guest exited with code ${exitCode}`);
    Object.assign(this, { name: 'ExitError', code: 'ERR_HS_EXIT', exitCode });
  }
}

/** The glue as a function in this realm: under Jest a module could not be imported. */
async function glueOf(file) {
  const body = fs.readFileSync(file, 'utf8').replace('\nexport default ', '\nreturn ');
  const AsyncFunction = (async () => {}).constructor;
  return new AsyncFunction(`"use strict";${body}`)();
}

/** What the guest sees as its command line. */
function argv(args, rtsOptions) {
  return ['main', ...args, ...(rtsOptions.length ? ['+RTS', ...rtsOptions, '-RTS'] : [])];
}

/** WASI for a reactor: node:wasi, with text for stdout and stderr going to the given streams. */
function wasiFor({ args = [], env = {}, rtsOptions = [], stdout, stderr }, exports) {
  const wasi = new WASI({ version: 'preview1', args: argv(args, rtsOptions), env });
  const { wasiImport } = wasi;
  const { fd_write: write } = wasiImport;
  const streams = { 1: stdout, 2: stderr };
  wasiImport.proc_exit = (code) => {
    throw new ExitError(code);
  };
  wasiImport.fd_write = (fd, vectors, count, written) => {
    if (!streams[fd]) return write(fd, vectors, count, written);
    const view = new DataView(exports.memory.buffer);
    let total = 0;
    for (let at = vectors; at < vectors + 8 * count; at += 8) {
      const [start, size] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
      streams[fd].write(Buffer.from(new Uint8Array(exports.memory.buffer, start, size)));
      total += size;
    }
    view.setUint32(written, total, true);
    return 0;
  };
  return wasi;
}

/** Throws if there is an option that is not among the `known`. */
function checkOptions(options, ...known) {
  const unknown = Object.keys(options).filter((key) => !known.includes(key));
  if (unknown.length) throw new Error(`the reference does not know ${unknown}`);
}

/** An instance of a Haskell file or of the bytes of a reactor. */
async function instantiate(input, { exports: extra, ...options } = {}) {
  checkOptions(options, 'args', 'env', 'rtsOptions', 'stdout', 'stderr');
  const { wasm, glue } = await build(input, extra);
  const exports = {};
  const wasi = wasiFor(options, exports);
  const jsffi = (await glueOf(glue))(exports);
  let jsvals = 0;
  const { newJSVal, freeJSVal } = jsffi;
  jsffi.scheduleWork = () =>
    setImmediate(() => {
      try {
        exports.rts_schedulerLoop();
      } catch (error) {
        if (!(error instanceof ExitError)) throw error;
      }
    });
  jsffi.newJSVal = (value) => {
    jsvals += 1;
    return newJSVal(value);
  };
  jsffi.freeJSVal = (key) => {
    freeJSVal(key);
    jsvals -= 1;
  };
  const { instance } = await WebAssembly.instantiate(fs.readFileSync(wasm), {
    ...wasi.getImportObject(),
    ghc_wasm_jsffi: jsffi,
  });
  Object.assign(exports, instance.exports);
  wasi.initialize(instance);
  return {
    exports,
    rawExports: exports,
    memory: exports.memory,
    stats: () => ({ jsvals, memoryBytes: exports.memory.buffer.byteLength }),
    async dispose() {},
  };
}

/** Runs a command in a process of its own, since V8 would block this one. */
async function run(input, options = {}) {
  checkOptions(options, 'args', 'env', 'rtsOptions', 'preopens', 'stdin');
  const { args = [], env = {}, rtsOptions = [], preopens = {}, stdin = 'ignore' } = options;
  const wasi = { args: argv(args, rtsOptions), env, preopens };
  const script = path.join(__dirname, 'reference-command.mjs');
  const child = spawn(
    process.execPath,
    ['--no-warnings', script, (await build(input)).wasm, JSON.stringify(wasi)],
    {
      stdio: [stdin === 'ignore' ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      cwd: os.tmpdir(),
    },
  );
  if (typeof stdin.pipe === 'function') stdin.pipe(child.stdin);
  else child.stdin?.end(stdin);
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { exitCode, stdout, stderr };
}

module.exports = { instantiate, run };
