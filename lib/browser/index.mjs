/** What emitted modules use in browsers: starts a library of exports on the browser's WebAssembly, when it is first called. */
import { ConsoleStdout, File, OpenFile, WASI } from '@bjorn3/browser_wasi_shim';

/**
 * Functions that call the exports `names`. All give promises, as the module has to be fetched first.
 *
 * @param {(haskell: object) => object} glue what `postLink` makes
 * @param {{ url: string | URL, names: string[], program: string, state?: object }} how `state`: an object that a module shares
 *   with the one that replaces it, so that functions that are in use call the new code
 */
export function library(glue, { url, names, program, state = {} }) {
  state.start = () => start(glue, url, program);
  state.haskell = undefined;
  const call = async (name, args) => {
    state.haskell ??= state.start();
    return (await state.haskell)[name](...args);
  };
  return Object.fromEntries(names.map((name) => [name, (...args) => call(name, args)]));
}

async function start(glue, url, program) {
  const print = (write) => ConsoleStdout.lineBuffered(write);
  const files = [
    new OpenFile(new File([])),
    print((line) => console.log(line)),
    print((line) => console.error(line)),
  ];
  const wasi = new WASI([program], [], files, { debug: false });
  const haskell = {};
  const imports = { wasi_snapshot_preview1: wasi.wasiImport, ghc_wasm_jsffi: glue(haskell) };
  const instance = await instantiated(await fetch(url), imports);
  Object.assign(haskell, instance.exports);
  wasi.initialize(instance);
  return haskell;
}

async function instantiated(response, imports) {
  if (!response.ok) {
    throw new Error(`${response.url}: ${response.status} ${response.statusText}`);
  }
  // Browsers refuse to stream what is served as another type.
  const streams = response.headers.get('content-type')?.startsWith('application/wasm') ?? false;
  const { instance } = streams
    ? await WebAssembly.instantiateStreaming(response, imports)
    : await WebAssembly.instantiate(await response.arrayBuffer(), imports);
  return instance;
}
