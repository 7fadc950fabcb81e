// Runs the reactor of the install's proof under Node: prove.mjs REACTOR.wasm REACTOR.mjs (from GHC's post-link.mjs)
import assert from 'node:assert';
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import { WASI } from 'node:wasi';

const [wasmFile, linkFile] = process.argv.slice(2);
const { default: link } = await import(pathToFileURL(linkFile).href);
const module = await WebAssembly.compile(fs.readFileSync(wasmFile));
assert.equal(WebAssembly.Module.customSections(module, 'ghc_wasm_jsffi').length, 1);

const wasi = new WASI({ version: 'preview1', args: ['reactor'] });
const exports = {};
const {
  instance: { exports: own },
} = await WebAssembly.instantiate(fs.readFileSync(wasmFile), {
  ...wasi.getImportObject(),
  ghc_wasm_jsffi: link(exports),
});
Object.assign(exports, own);
wasi.initialize({ exports: own });
assert.equal(await own.greet('hello', 21), 'hello 42');
