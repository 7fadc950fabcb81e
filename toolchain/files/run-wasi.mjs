// Runs a WASI command under Node: what hsc2hs links to learn the target's constants, and the install's proof.
import fs from 'node:fs';
import { WASI } from 'node:wasi';

const file = process.argv[2];
const wasi = new WASI({
  version: 'preview1',
  args: process.argv.slice(2),
  env: {},
  preopens: {},
  returnOnExit: true,
});
const { instance } = await WebAssembly.instantiate(fs.readFileSync(file), wasi.getImportObject());
process.exitCode = wasi.start(instance);
