'use strict';
/**
 * What callers pass to the functions of the contract, as tables of options. What comes out holds every
 * option, defaults filled in, paths absolute, and is plain: the layers below check nothing again.
 *
 * Nothing is read or opened here: whether a file exists is found out where it is used.
 */

const path = require('node:path');
const { inspect } = require('node:util');
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
  streamOf,
  read,
} = require('./checks.js');
const { ManualClock } = require('./clock.js');
const { later } = require('./later.js');

const snippetOptions = later(() => require('./snippet-options.js'));

// --- values of single options ----------------------------------------------------------------------

/** A path of `wasm32-wasi-ghc`, or what `toolchain.find()` returned. */
function compiler(value, at) {
  const isInfo = typeof value === 'object' && value !== null && 'ghc' in value;
  return isInfo ? filePath(value.ghc, `${at}.ghc`) : filePath(value, at);
}

const OPTIMIZE_WASM = { level: [oneOf(1, 2, 3, 4, 's', 'z'), () => 2], names: [flag, () => true] };

/** What binaryen shall do, or `null`. */
function optimizeWasm(value, at) {
  return settings(OPTIMIZE_WASM, value, at);
}

/** The settings of a step that is left out, done as usual (`true`) or as they say. */
function settings(table, value, at) {
  if (value === false) {
    return null;
  }
  if (value !== true && (typeof value !== 'object' || value === null)) {
    throw wrongType(at, 'true, false or an object', value);
  }
  return read(table, value === true ? {} : value, at);
}

const PREINITIALIZE = { rtsOptions: [listOf(rtsOption), () => []] };

/** The options of GHC's runtime with which it is started when the module is made, or `null`. */
function preinitialize(value, at) {
  return settings(PREINITIALIZE, value, at);
}

/** Whether to write the declaration file (`true`: where it belongs), or its path. */
function types(value, at) {
  return typeof value === 'boolean' ? value : filePath(value, at);
}

/** `{ path }` or `{ url }` of a packed compiler. */
function archive(value, at) {
  const url = typeof value === 'string' ? value : value?.href;
  if (typeof url === 'string' && /^https?:\/\//i.test(url)) {
    if (!URL.canParse(url)) {
      throw wrongValue(at, `must be a path or a URL, found ${inspect(url)}`);
    }
    return { url };
  }
  return { path: filePath(value, at) };
}

function rtsOption(value, at) {
  if (/^(\+RTS|--?RTS)$/.test(text(value, at))) {
    throw wrongValue(at, `must be given without ${value}: each element is one option, such as '-A16m'`);
  }
  return value;
}

function variable(name, value, at, all) {
  if (name === '' || name.includes('=') || name.includes('\0')) {
    throw wrongValue(all, `names must be neither empty nor contain '=' or NUL, found ${inspect(name)}`);
  }
  return [name, text(value, at)];
}

const PREOPEN = { path: [filePath], readOnly: [flag, () => false] };

function preopen(name, value, at, all) {
  if (name === '' || name.includes('\0')) {
    throw wrongValue(all, `names must be paths in the guest such as '/data', found ${inspect(name)}`);
  }
  const isObject = typeof value === 'object' && value !== null && value.href === undefined;
  const { path: host, readOnly } = isObject
    ? read(PREOPEN, value, at)
    : { path: filePath(value, at), readOnly: false };
  return { guest: name, host, readOnly };
}

/** `{ kind: 'inherit' | 'ignore' | 'pipe' }`, `{ kind: 'bytes', bytes }` or `{ kind: 'stream', stream, web }`. */
function stdinOption(command) {
  return (value, at) => {
    if (value === 'inherit' || value === 'ignore' || (value === 'pipe' && !command)) {
      return { kind: value };
    }
    if (value === 'pipe' || value === 'capture') {
      const fix =
        value === 'pipe' ? 'pass a stream or the text itself' : 'it is a setting of stdout and stderr';
      throw wrongValue(at, `cannot be '${value}' here: ${fix}`);
    }
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : bytesOf(value);
    if (bytes) {
      return { kind: 'bytes', bytes };
    }
    const stream = streamOf(value, 'getReader', 'pipe');
    if (!stream) {
      throw wrongType(at, "'inherit', 'ignore', 'pipe', text, bytes or a readable stream", value);
    }
    return stream;
  };
}

/**
 * `{ kind: 'inherit' | 'ignore' }`, `{ kind: 'stream', stream, web }`, and what a command collects for
 * its result (`capture`) is a stream for the caller (`pipe`) where the guest lives on: one wish, two words.
 */
function stdoutOption(command) {
  return (value, at) => {
    if (value === 'inherit' || value === 'ignore') {
      return { kind: value };
    }
    if (value === 'pipe' || value === 'capture') {
      return { kind: command ? 'capture' : 'pipe' };
    }
    const stream = streamOf(value, 'getWriter', 'write');
    if (!stream) {
      throw wrongType(at, "'inherit', 'ignore', 'pipe', 'capture' or a writable stream", value);
    }
    return stream;
  };
}

// --- the tables: option -> [check, default] --------------------------------------------------------

/** The name of an installed package, or the absolute path of a folder: what begins like a path, or a URL. */
function packageOrFolder(value, at) {
  const isPath =
    typeof value?.href === 'string' ||
    /^(\.{0,2}\/|\.{1,2}$|file:)/.test(value) ||
    path.isAbsolute(`${value}`);
  return isPath ? filePath(value, at) : word(value, at);
}

const packageFlag = (name, value, at) => ({ name, value: flag(value, at) });

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
