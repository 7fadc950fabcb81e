'use strict';
// Guests in C: `guests/<name>.c`, compiled by the toolchain's clang.

const { createHash } = require('node:crypto');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');
const { toolchain } = require('../..');

const folder = path.join(__dirname, '..', 'guests');
const built = path.join(__dirname, '..', '..', 'target', 'guests');

/** The C compiler that came with GHC, or one on the `PATH`. */
async function clang() {
  const { ghc } = await toolchain.find();
  const beside = path.join(path.dirname(ghc), 'wasm32-wasi-clang');
  return fs.existsSync(beside) ? beside : 'wasm32-wasi-clang';
}

/** Path of `guests/<name>.c` compiled to a command. */
async function cGuest(name) {
  const source = path.join(folder, `${name}.c`);
  const hash = createHash('sha256').update(fs.readFileSync(source)).digest('hex').slice(0, 16);
  const output = path.join(built, `${name}-${hash}.wasm`);
  if (!fs.existsSync(output)) {
    fs.mkdirSync(built, { recursive: true });
    const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-c-'));
    const made = path.join(scratch, 'guest.wasm');
    await promisify(execFile)(await clang(), ['-O1', '-Wall', '-Werror', '-o', made, source]);
    fs.copyFileSync(made, `${output}.${process.pid}`);
    fs.renameSync(`${output}.${process.pid}`, output);
    fs.rmSync(scratch, { recursive: true });
  }
  return output;
}

module.exports = { cGuest };
