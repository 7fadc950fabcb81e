'use strict';
// What the reference runs: a Haskell file compiled by hand, as the user's guide tells, and GHC's own
// post-link.mjs on the outcome. Kept under target/reference.

const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { execFileSync } = require('node:child_process');

const cache = path.join(__dirname, '..', '..', 'target', 'reference');
const quiet = { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' };

/** The compiler that HS_WASM_GHC names, or the one that hs-wasm would use. */
async function findGhc() {
  if (process.env.HS_WASM_GHC) return process.env.HS_WASM_GHC;
  const found = await require('../..').toolchain.find();
  if (!found) throw new Error('the reference needs a wasm32-wasi-ghc: name one in HS_WASM_GHC');
  return found.ghc;
}

/** The names in the source's `foreign export`s; none means a command. */
function foreignExports(source) {
  const code = source.replace(/^\s*--.*$/gm, '');
  return [...code.matchAll(/foreign\s+export\s+(?:javascript|ccall)\s+"(\w+)"/g)].map((found) => found[1]);
}

/** Runs `make(folder)` once per key and remembers the folder it filled. */
function cached(key, make) {
  const folder = path.join(cache, crypto.createHash('sha256').update(key).digest('hex').slice(0, 20));
  if (fs.existsSync(folder)) return folder;
  fs.mkdirSync(cache, { recursive: true });
  const draft = fs.mkdtempSync(path.join(cache, 'draft-'));
  try {
    make(draft);
    fs.renameSync(draft, folder);
  } catch (error) {
    fs.rmSync(draft, { recursive: true, force: true });
    if (!fs.existsSync(folder)) throw error;
  }
  return folder;
}

function compile(ghc, file, exports, wasm) {
  const objects = `${wasm}.objects`;
  const kind = exports.length
    ? ['-no-hs-main', '-optl-mexec-model=reactor', ...exports.map((name) => `-optl-Wl,--export=${name}`)]
    : ['-rtsopts'];
  const places = ['-outputdir', objects, `-i${path.dirname(file)}`, file, '-o', wasm];
  execFileSync(ghc, ['-O1', '-v0', '-optl--no-wasm-opt', ...kind, ...places], quiet);
  fs.rmSync(objects, { recursive: true, force: true });
}

/**
 * Compiles and post-links a Haskell file, or post-links the bytes of a module.
 *
 * @returns the paths `{ wasm, glue }`
 */
async function build(input, extraExports = []) {
  const ghc = await findGhc();
  const isFile = typeof input === 'string';
  const content = isFile ? fs.readFileSync(input) : input;
  const exports = isFile ? [...foreignExports(content.toString()), ...extraExports] : [];
  const key = Buffer.concat([Buffer.from(JSON.stringify([ghc, isFile && input, exports])), content]);
  const folder = cached(key, (draft) => {
    const wasm = path.join(draft, 'main.wasm');
    if (isFile) compile(ghc, input, exports, wasm);
    else fs.writeFileSync(wasm, input);
    const libdir = execFileSync(ghc, ['--print-libdir'], quiet).trim();
    const glue = ['-i', wasm, '-o', path.join(draft, 'main.mjs')];
    execFileSync(process.execPath, [path.join(libdir, 'post-link.mjs'), ...glue], quiet);
  });
  return { wasm: path.join(folder, 'main.wasm'), glue: path.join(folder, 'main.mjs') };
}

module.exports = { build };
