// Runs one command module on V8 and node:wasi: argv is the wasm's path and WASI's options as JSON.
import fs from 'node:fs';
import { WASI } from 'node:wasi';

const [, , file, options] = process.argv;
const wasi = new WASI({ version: 'preview1', returnOnExit: true, ...JSON.parse(options) });
const { instance } = await WebAssembly.instantiate(fs.readFileSync(file), wasi.getImportObject());
process.exitCode = wasi.start(instance);
