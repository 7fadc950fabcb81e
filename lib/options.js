'use strict';
/**
 * What callers pass to the functions of the contract, as tables of options. What comes out holds every
 * option, defaults filled in, paths absolute, and is plain: the layers below check nothing again.
 *
 * Nothing is read or opened here: whether a file exists is found out where it is used.
 */

const {
  wrongType,
  wrongValue,
  member,
  text,
  word,
  flag,
  callback,
  abortSignal,
  integer,
  oneOf,
  listOf,
  entriesOf,
  filePath,
  bytesOf,
  read,
} = require('./checks.js');
const { ManualClock } = require('./clock.js');
const { later } = require('./later.js');
const {
  compiler,
  optimizeWasm,
  preinitialize,
  types,
  archive,
  rtsOption,
  variable,
  preopen,
  stdinOption,
  stdoutOption,
  packageOrFolder,
  packageFlag,
} = require('./option-values.js');

const snippetOptions = later(() => require('./snippet-options.js'));

// --- the tables: option -> [check, default] --------------------------------------------------------

const nothing = () => null;
const list = () => [];

const COMMON = { signal: [abortSignal, nothing], onProgress: [callback, nothing] };
const tier = oneOf('quick', 'optimized');
/** The tier of machine code where a call does not say it: that of the environment, else `otherwise`, which may be `null`. */
const usualTier = (otherwise) =>
  process.env.HS_WASM_TIER ? tier(process.env.HS_WASM_TIER, 'HS_WASM_TIER') : otherwise;
const LOAD = { cache: [flag, () => true], tier: [tier, () => usualTier(null)], ...COMMON };
const LOAD_WASM = { codeDir: [filePath, nothing], ...LOAD };
const PRECOMPILE = { dir: [filePath], cpu: [oneOf('any', 'this'), () => 'any'] };
const COMPILE = {
  main: [text, nothing],
  ghcOptions: [listOf(text), list],
  packages: [listOf(packageOrFolder), list],
  component: [word, nothing],
  flags: [entriesOf(packageFlag), list],
  optimize: [oneOf(0, 1, 2), () => 1],
  optimizeWasm: [optimizeWasm, nothing],
  preinitialize: [preinitialize, nothing],
  outDir: [filePath, nothing],
  toolchain: [compiler, nothing],
  exports: [listOf(word), list],
  types: [types, () => false],
  ...LOAD,
};
/** What the key `hs-wasm` of a `package.json`, and plugins, can say of how files are compiled. */
const PROJECT = {
  ghcOptions: COMPILE.ghcOptions,
  packages: COMPILE.packages,
  optimize: COMPILE.optimize,
};
const COMPILE_ONLY = Object.keys(COMPILE).filter((name) => !Object.hasOwn(LOAD, name));
const INSTALL = { jobs: [integer(1, 1024), nothing], from: [archive, nothing], ...COMMON };
const absent = () => undefined;
const CONFIGURE = {
  workerThreads: [integer(1, 1024), absent],
  sliceMs: [integer(1, 1000, ' of milliseconds'), absent],
  cacheDir: [filePath, absent],
};

const OF_RUN = {
  encoding: [oneOf('utf8', 'buffer'), () => 'utf8'],
  captureLimitBytes: [integer(0, 2 ** 32, ' of bytes'), () => 2 ** 28],
};

/** What a call may take. A timer cannot wait longer than 2^31 - 1 ms. */
const LIMITS = {
  timeoutMs: [integer(1, 2 ** 31 - 1, ' of milliseconds'), nothing],
  fuel: [integer(1, Number.MAX_SAFE_INTEGER), nothing],
};

/** A check of that name in `snippet-options.js`, which most instances never need. */
const ofSnippets = (name) => (value, at) => snippetOptions()[name](value, at);

function instanceTable(command) {
  const table = {
    args: [listOf(text), list],
    env: [entriesOf(variable), list],
    rtsOptions: [listOf(rtsOption), list],
    preopens: [entriesOf(preopen), list],
    stdin: [stdinOption(command), () => ({ kind: 'ignore' })],
    stdout: [stdoutOption(command), () => ({ kind: command ? 'capture' : 'inherit' })],
    stderr: [stdoutOption(command), () => ({ kind: command ? 'capture' : 'inherit' })],
    clock: [ManualClock.check, nothing],
    randomSeed: [integer(0, Number.MAX_SAFE_INTEGER), nothing],
    memoryLimitBytes: [integer(65_536, 2 ** 32, ' of bytes'), nothing],
    ...LIMITS,
    imports: [ofSnippets('imports'), () => ({})],
    glue: [ofSnippets('glue'), nothing],
    baseUrl: [ofSnippets('baseUrl'), nothing],
    thread: [oneOf('auto', 'main', 'worker'), () => 'auto'],
    sliceMs: [integer(1, 1000, ' of milliseconds'), nothing],
    signal: COMMON.signal,
  };
  return command ? { ...table, ...OF_RUN } : table;
}
/** What `profile()` looks at, and how often. */
const PROFILE = {
  cpu: [flag, () => true],
  events: [flag, () => false],
  heap: [flag, () => false],
  intervalMs: [integer(1, 60_000, ' of milliseconds'), () => 1],
  heapIntervalMs: [integer(1, 60_000, ' of milliseconds'), () => 100],
};
const INSTANCE = instanceTable(false);
const COMMAND = instanceTable(true);

// --- the functions of the contract -------------------------------------------------------------------

/** The Haskell source: `{ source }` or `{ path }` of a file or folder. */
function sourceInput(value, at) {
  if (typeof value === 'object' && value !== null && 'source' in value) {
    return read({ source: [text] }, value, at);
  }
  if (typeof value === 'string' || typeof value?.href === 'string') {
    return { path: filePath(value, at) };
  }
  throw wrongType(at, 'a path, a file: URL or { source: string }', value);
}

/** A wasm module: `{ path }` or `{ bytes }`, the bytes being the caller's own. */
function wasmInput(value, at = 'load.input') {
  const bytes = bytesOf(value);
  if (bytes) {
    return { bytes };
  }
  if (typeof value === 'string' || typeof value?.href === 'string') {
    return { path: filePath(value, at) };
  }
  throw wrongType(at, 'a path, a file: URL, a Uint8Array or an ArrayBuffer', value);
}

/** The bytes of a wasm module, over the caller's own memory. */
function wasmBytes(value, at) {
  const bytes = bytesOf(value);
  if (!bytes) {
    throw wrongType(at, 'a Uint8Array or an ArrayBuffer', value);
  }
  return bytes;
}

/** Whether `instantiate` and `run` load `value` instead of compiling it: bytes, or a path that ends in `.wasm`. */
function isWasm(value) {
  const name = typeof value === 'string' ? value : value?.pathname;
  return bytesOf(value) !== undefined || (typeof name === 'string' && /\.wasm$/i.test(name));
}

/** What goes together of an input and the options of `compile()`. */
function compilable(checked, at) {
  if (checked.types === true && checked.input.path === undefined) {
    throw wrongValue(
      `${at}.options.types`,
      'must be the path of the file to write, since { source } is in no file',
    );
  }
  return checked;
}

/** What `compile(value, options)` shall do. */
function compileOptions(value, options, at = 'compile') {
  return compilable(
    { input: sourceInput(value, `${at}.input`), ...read(COMPILE, options, `${at}.options`) },
    at,
  );
}

/** What `watch(value, options, onChange)` shall do; the options may be left out. */
function watchOptions(value, options, onChange) {
  const [given, listener] = typeof options === 'function' ? [undefined, options] : [options, onChange];
  const checked = compileOptions(value, given, 'watch');
  const wanted = given?.tier === undefined ? usualTier('quick') : checked.tier;
  return { options: { ...checked, tier: wanted }, onChange: callback(listener, 'watch.onChange') };
}

/** What a `package.json` says of compiling, checked; what it does not say is absent. */
function projectOptions(options, at) {
  return onlyGiven(read(PROJECT, options, at), options);
}

function onlyGiven(checked, options) {
  return Object.fromEntries(Object.entries(checked).filter(([name]) => Object.hasOwn(Object(options), name)));
}

/** What a bundler's plugin is told. `target`: where the bundle runs; `null`: as the bundler knows. */
function pluginOptions(options, at) {
  const { target, ...compile } = read(
    { ...PROJECT, target: [oneOf('node', 'browser'), nothing] },
    options,
    at,
  );
  return { target, ...onlyGiven(compile, options) };
}

/** What `load(value, options)` shall do. */
function loadOptions(value, options, at = 'load') {
  return { input: wasmInput(value, `${at}.input`), ...read(LOAD_WASM, options, `${at}.options`) };
}

/** What `module.precompile(options)` shall do. */
function precompileOptions(options) {
  return read(PRECOMPILE, options, 'precompile.options');
}

/** The options of an instance, if they go together. */
function consistent(options, at) {
  if (options.glue && options.baseUrl) {
    throw wrongValue(
      `${at}.baseUrl`,
      'has no effect with glue, whose import() is relative to the file of the glue',
    );
  }
  return options;
}

/** What `module.instantiate(options)` shall do or, for a command, `module.run(options)`. */
function instanceOptions(options, { command = false } = {}) {
  const at = `${command ? 'run' : 'instantiate'}.options`;
  return consistent(read(command ? COMMAND : INSTANCE, options, at), at);
}

/**
 * What `instantiate(value, options)` or `run(value, options)` shall do: the module's part, which is
 * `compile` or `load`, and the instance's. Both are checked before either begins.
 */
function combinedOptions(value, options, { command = false } = {}) {
  const at = command ? 'run' : 'instantiate';
  const [kind, ofModule] = isWasm(value) ? ['load', LOAD_WASM] : ['compile', COMPILE];
  const misplaced = COMPILE_ONLY.find((name) => kind === 'load' && Object.hasOwn(Object(options), name));
  if (misplaced) {
    throw wrongValue(member(`${at}.options`, misplaced), 'is about compiling Haskell, but the input is wasm');
  }
  const ofInstance = command ? COMMAND : INSTANCE;
  const input = kind === 'load' ? wasmInput(value, `${at}.input`) : sourceInput(value, `${at}.input`);
  return {
    [kind]: compilable({ input, ...read(ofModule, options, `${at}.options`, ofInstance) }, at),
    instance: consistent(read(ofInstance, options, `${at}.options`, ofModule), `${at}.options`),
  };
}

/** What `instance.call(name, args, options)` shall do. */
function callOptions(options) {
  return read({ ...LIMITS, signal: COMMON.signal }, options, 'call.options');
}

/** What `module.profile(use, options)` shall do; a program is not used but run, and `use` left out. */
function profileOptions(use, options, { isProgram }) {
  const given = isProgram ? use : options;
  const at = 'profile.options';
  const table = isProgram ? COMMAND : INSTANCE;
  return {
    use: isProgram ? null : callback(use, 'profile.use'),
    wanted: read(PROFILE, given, at, table),
    options: consistent(read(table, given, at, PROFILE), at),
  };
}

/** What `instance.profile(use, options)` shall do. */
function samplingOptions(use, options) {
  return {
    use: callback(use, 'profile.use'),
    ...read({ intervalMs: PROFILE.intervalMs }, options, 'profile.options'),
  };
}

/** What `toolchain.install(options)` shall do. */
function installOptions(options) {
  return read(INSTALL, options, 'toolchain.install.options');
}

/** What `configure(options)` shall fix; what is not named is `undefined`. */
function configureOptions(options) {
  return read(CONFIGURE, options, 'configure.options');
}

/** What `toolchain.pack(file, options)` shall do. */
function packOptions(file, options) {
  return { path: filePath(file, 'toolchain.pack.file'), ...read(COMMON, options, 'toolchain.pack.options') };
}

/** The name of one of our compilers; nothing for the current one. */
function toolchainId(value) {
  return value === undefined ? undefined : text(value, 'toolchain.remove.id');
}

module.exports = {
  callOptions,
  compileOptions,
  configureOptions,
  profileOptions,
  projectOptions,
  samplingOptions,
  pluginOptions,
  loadOptions,
  instanceOptions,
  combinedOptions,
  installOptions,
  packOptions,
  precompileOptions,
  toolchainId,
  wasmBytes,
  wasmInput,
  watchOptions,
  usualTier,
};
