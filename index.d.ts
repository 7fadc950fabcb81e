/**
 * Haskell as a Node.js library.
 *
 * GHC's wasm backend compiles it, wasmtime runs it with real WASI, and GHC's JavaScript FFI is bridged
 * to promises. Lengths are in bytes, times in milliseconds. Everything asynchronous rejects with an
 * {@link HsWasmError}, with a `TypeError` for a wrong argument (`ERR_INVALID_ARG_TYPE`,
 * `ERR_INVALID_ARG_VALUE`, the option's path first in its message), or with what JavaScript itself threw.
 *
 * @packageDocumentation
 */

import type { Readable, Writable } from 'node:stream';
import type { ReadableStream, WritableStream } from 'node:stream/web';

// --- compile, load, run -----------------------------------------------------------------------------

/**
 * Where Haskell source is, as a string or a `file:` URL: the path of a `.hs` or `.lhs` file, of a folder of modules, of a
 * `.cabal` file or `cabal.project`, of a folder with one; or the source itself. A folder of modules is compiled from its
 * `Main.hs`, unless `main` names another file.
 */
export type HaskellInput = string | URL | { source: string };

/** A WebAssembly module: the path of a file, as a string or a `file:` URL, or its bytes. */
export type WasmInput = string | URL | ArrayBuffer | ArrayBufferView;

/** What both {@link compile} and {@link load} take. */
export interface LoadOptions {
  /**
   * Keep results in the cache folder and use what is there: the folder of the environment variable
   * `HS_WASM_CACHE`, else `hs-wasm` in the platform's own. Default: `true`.
   */
  cache?: boolean;
  /**
   * What matters more of machine code that has to be made: that it is there soon (`quick`), or that it runs fast (`optimized`).
   * After `quick`, optimised code is made by a thread of low priority; instances go on in it with their next call, and it is kept in
   * the cache for the next load. That thread does not keep the process alive. Quick code takes 1.7 times as long for what it computes.
   * Where the cache has optimised code, or the module needs what only that can do (tail calls, exceptions), both give the same.
   * Default: the environment variable `HS_WASM_TIER`; else `quick` for libraries and `optimized` for programs, but `quick` for both in
   * {@link watch}, `hs-wasm/register`, the Jest transform and `hs-wasm call`.
   */
  tier?: 'quick' | 'optimized';
  /** Aborts the operation, which rejects with an {@link AbortError}; a running compiler is ended. */
  signal?: AbortSignal;
  /** Is told of each step. What it throws is ignored. */
  onProgress?: (progress: Progress) => void;
}

/** What {@link load} takes, and {@link instantiate} and {@link run} where the input is wasm. */
export interface LoadWasmOptions extends LoadOptions {
  /**
   * A folder with machine code that {@link Module.precompile} or `hs-wasm bundle` has written. It is only read. Code for another
   * version, processor or module is not taken; then the cache is asked, and at last the module is compiled. Code is trusted as the
   * addon itself is: name no folder that somebody else can write.
   */
  codeDir?: string | URL;
}

/** How {@link Module.precompile} makes machine code. */
export interface PrecompileOptions {
  /** The folder to write into; it is made if need be. */
  dir: string | URL;
  /** For `any` processor of this architecture, or for what `this` one does best. Default: `any`. */
  cpu?: 'any' | 'this';
}

/** What binaryen does with a module. */
export interface OptimizeWasmOptions {
  /** Its `-O`: 1 to 4, or `s` and `z` for size. Default: 2. */
  level?: 1 | 2 | 3 | 4 | 's' | 'z';
  /** Keep the functions' names, which stacks of traps show. Default: `true`. */
  names?: boolean;
}

/** How the start of a module is made when it is compiled. */
export interface PreinitializeOptions {
  /** Options of GHC's runtime for all instances, without `+RTS`, such as `-A16m`. Not those that write files. Default: none. */
  rtsOptions?: readonly string[];
}

/** How {@link compile} compiles. */
export interface CompileOptions extends LoadOptions {
  /** The file of the entry module, relative to the folder that is compiled. Default: `Main.hs`. */
  main?: string;
  /** More options for GHC, one per element: `['-Wall', '-XLambdaCase']`. Default: none. */
  ghcOptions?: readonly string[];
  /**
   * Packages to expose. A name means one of the compiler's database (GHC's boot packages need not be named). What begins
   * with `./`, `../`, `/` or `file:` is a folder with a `.cabal` file, relative to the working folder: its library is built
   * with the same compiler. Default: none.
   */
  packages?: readonly (string | URL)[];
  /**
   * Which executable or library of a package or project becomes the module: `'name'`, `'exe:name'`, `'lib:name'`, and
   * `'package:exe:name'` where several packages have one. Default: the only executable, else the only library.
   */
  component?: string;
  /** Values for the flags of a package, by name: `{ flags: { dev: true } }`. Default: what its `.cabal` file says. */
  flags?: Readonly<Record<string, boolean>>;
  /** GHC's `-O` level. Default: `1`. */
  optimize?: 0 | 1 | 2;
  /**
   * Optimise the linked module with binaryen, an optional peer dependency (`npm install binaryen`, or a `wasm-opt` on the
   * PATH). Takes seconds, in a process of its own; the result is cached. Custom sections stay. Default: `false`.
   */
  optimizeWasm?: boolean | OptimizeWasmOptions;
  /**
   * Start GHC's runtime once, when the module is made, and keep what that leaves in memory as the module's data: an instance then
   * starts with it. For modules with JSFFI that are libraries of exports, or programs with a `main` that use JSFFI. Arguments,
   * environment, preopens, streams and clocks are still each instance's own; options of the runtime are not, so
   * {@link InstanceOptions.rtsOptions} and the variable `GHCRTS` are refused then. Takes about as long as machine code does;
   * the result is cached. Default: `false`.
   */
  preinitialize?: boolean | PreinitializeOptions;
  /**
   * The folder for the module and for GHC's interface and object files, so that only changed modules are
   * compiled again. Default: a folder of its own in the cache.
   */
  outDir?: string | URL;
  /** The compiler: the path of a `wasm32-wasi-ghc`, or what {@link toolchain.find} gave. Default: the first found. */
  toolchain?: string | URL | ToolchainInfo;
  /**
   * Names to export besides each `foreign export` found in the source, such as C functions of a library
   * or `hs_perform_gc`. Default: none.
   */
  exports?: readonly string[];
  /**
   * Also write the types of the exports for TypeScript. `true`: into `Fib.d.hs.ts` beside `Fib.hs`, or `name.d.ts` for a folder or
   * a package; or the path of the file, which `{ source }` needs. A file that is right is left alone. Default: `false`.
   */
  types?: boolean | string | URL;
}

/**
 * Compiles Haskell to a module that can be instantiated any number of times. Which exports there are,
 * whether it becomes a reactor or a command, and the flags for GHC and the linker follow from the source.
 * An unchanged source is not compiled twice.
 *
 * @throws {@link CompileError} `ERR_HS_COMPILE`: GHC refused the source
 * @throws {@link ToolchainError} `ERR_HS_TOOLCHAIN_NOT_FOUND`, also where `optimizeWasm` lacks binaryen;
 *   `ERR_HS_TOOLCHAIN_UNSUPPORTED`
 * @throws {@link LinkError} `ERR_HS_MISSING_EXPORT`: a name of the option `exports` is not in the module; and as {@link load}
 * @throws {@link HsWasmError} `ERR_HS_IO`: a file could not be read or written
 * @throws {@link AbortError} `ABORT_ERR`
 * @throws `TypeError` `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, also where `preinitialize` is not possible, with the reason
 * @example
 * const module = await compile('Fib.hs');
 * const { exports } = await module.instantiate();
 * console.log(await exports.fib(30));
 */
export function compile(input: HaskellInput, options?: CompileOptions): Promise<Module>;

/**
 * Compiles, and compiles again whenever something changes that was read: modules, C files and headers, `.cabal` files.
 *
 * @param onChange is called with `(null, module)` for each module that is not the last one, and with `(error)` for
 * each failure; watching goes on after it. The next call waits for the promise it may return.
 * @throws `TypeError` `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
 * @example
 * const watcher = watch('Fib.hs', (error, module) => {
 *   console.log(error ? error.message : module.exports);
 * });
 * // later
 * await watcher.close();
 */
export function watch(input: HaskellInput, onChange: WatchListener): Watcher;
/** The same with options; `signal` ends watching. */
export function watch(
  input: HaskellInput,
  options: CompileOptions | undefined,
  onChange: WatchListener,
): Watcher;

/** What {@link watch} calls: with a module, or with the reason why there is none. */
export type WatchListener = (error: Error | null, module?: Module) => unknown;

/** A running {@link watch}. It keeps the process alive until it is closed. */
export interface Watcher {
  /** Ends it, and a compilation that is going on. Resolves when nothing of it is left. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Reads a module made by any GHC, or any other WASI preview 1 module. One with the legacy form of exception handling
 * is translated by the optional peer dependency binaryen, where it is installed (`npm install binaryen`).
 *
 * A file that was loaded before is recognised by its path, inode, size and times, and not even read if its machine code is in the cache
 * folder. It then stays open as long as the module lives, for what needs its bytes later ({@link Module.wasm}). Replace files by
 * renaming new ones, as linkers do, rather than by overwriting them.
 *
 * @throws {@link LinkError} `ERR_HS_INVALID_MODULE`: not wasm, a component, or broken;
 *   `ERR_HS_UNKNOWN_IMPORT`: it imports what neither WASI nor JSFFI provides
 * @throws {@link HsWasmError} `ERR_HS_IO`: the file could not be read
 * @throws {@link AbortError} `ABORT_ERR`
 * @throws `TypeError` `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
 */
export function load(input: WasmInput, options?: LoadWasmOptions): Promise<Module>;

/**
 * {@link compile} or, for bytes and for paths that end in `.wasm`, {@link load}; then
 * {@link Module.instantiate}. Throws what these throw.
 *
 * @typeParam E what the module exports; give it to have calls checked
 * @example
 * const { exports } = await instantiate<{ fib(n: number): Promise<number> }>('Fib.hs');
 */
export function instantiate<E = Exports>(
  input: HaskellInput,
  options?: CompileOptions & InstanceOptions,
): Promise<Instance<E>>;
export function instantiate<E = Exports>(
  input: WasmInput,
  options?: LoadWasmOptions & InstanceOptions,
): Promise<Instance<E>>;

/**
 * {@link compile} or, for bytes and for paths that end in `.wasm`, {@link load}; then {@link Module.run}.
 * Throws what these throw.
 *
 * @example
 * const { exitCode, stdout } = await run('Main.hs', { args: ['--version'] });
 */
export function run(
  input: HaskellInput,
  options: CompileOptions & RunOptions & { encoding: 'buffer' },
): Promise<RunResult<Buffer>>;
export function run(
  input: WasmInput,
  options: LoadWasmOptions & RunOptions & { encoding: 'buffer' },
): Promise<RunResult<Buffer>>;
export function run(input: HaskellInput, options?: CompileOptions & RunOptions): Promise<RunResult>;
export function run(input: WasmInput, options?: LoadWasmOptions & RunOptions): Promise<RunResult>;

// --- modules and instances ----------------------------------------------------------------------------

/** A WebAssembly type as it crosses to JavaScript: `i64` is a `bigint`, `externref` is any value, the rest are numbers. */
export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'externref';

/**
 * A Haskell type that can cross, by its name there; type synonyms and newtypes are seen through, save JSVal's `JSString` and
 * `JSException`. Whatever its parameters are: a `Ptr CChar` is a `Ptr`.
 */
export type HaskellType =
  | 'Bool'
  | 'Char'
  | 'Int'
  | 'Int8'
  | 'Int16'
  | 'Int32'
  | 'Int64'
  | 'Word'
  | 'Word8'
  | 'Word16'
  | 'Word32'
  | 'Word64'
  | 'Float'
  | 'Double'
  | 'Ptr'
  | 'FunPtr'
  | 'StablePtr'
  | 'JSVal'
  | 'JSString'
  | 'JSException';

/** A function that a module exports. What is optional is known for modules that {@link compile} made, also when loaded. */
export interface ExportInfo {
  /** Its name. */
  readonly name: string;
  /** The types of its arguments. */
  readonly params: readonly ValueType[];
  /** The types of its results: none or one. An asynchronous JSFFI export has the `externref` of its promise. */
  readonly results: readonly ValueType[];
  /** The Haskell module with the `foreign export`. */
  readonly module?: string;
  /** The exported Haskell function. */
  readonly haskellName?: string;
  /** Its type as written in the source, in one line; absent where a macro made the declaration. */
  readonly haskellType?: string;
  /** Whether it returns a promise. */
  readonly isAsync?: boolean;
  /** The Haskell types of the arguments. A type that could not be found out is there as written, or empty if a macro wrote it. */
  readonly args?: readonly (HaskellType | (string & {}))[];
  /** The Haskell type of the result, `()` if there is no value, and whether the function is an action (`IO`). */
  readonly result?: { readonly io: boolean; readonly type: HaskellType | '()' | (string & {}) };
  /** The Haddock comment of the declaration, else of the function, without its markers. */
  readonly doc?: string;
}

/** Something that a module imports. */
export interface ImportInfo {
  /** The module it is imported from, such as `wasi_snapshot_preview1`. */
  readonly module: string;
  /** Its name there. */
  readonly name: string;
}

/** A compiled module. Made by {@link compile} and {@link load}. */
export class Module {
  private constructor();
  /** `reactor`: initialised once, then its exports are called. `command`: its `main` runs once. */
  readonly kind: 'reactor' | 'command';
  /** Whether any JSFFI import or export is linked in: GHC's `isJSFFIUsed`. */
  readonly usesJSFFI: boolean;
  /** Whether GHC's runtime was started when the module was made: the option `preinitialize` of {@link compile}. */
  readonly preinitialized: boolean;
  /**
   * The JSFFI that the module was compiled for, read from the module: `9.10` is also 9.12's, `9.14` is
   * also that of builds with its backports; `none` where there is no JSFFI.
   */
  readonly abi: 'none' | '9.10' | '9.14';
  /** The exported functions, in the order of the file. */
  readonly exports: readonly ExportInfo[];
  /** The imports, in the order of the file. */
  readonly imports: readonly ImportInfo[];
  /**
   * The module's bytes, as they were when it was loaded.
   *
   * @throws {@link HsWasmError} `ERR_HS_IO`: its file was overwritten since, or cannot be read
   */
  readonly wasm: Uint8Array;
  /**
   * The compiler's warnings, of an unchanged source too, and those about mistakes that GHC lets through: JavaScript in a
   * `foreign import` that does not parse, loses its value by a trailing `;`, or has characters that GHC garbles. Empty for a
   * module that was loaded.
   */
  readonly warnings: readonly Diagnostic[];

  /**
   * Writes the module's machine code into a folder, where {@link load} finds it by the option `codeDir`: for hosts where nothing
   * can be compiled or kept. The file's name says what it is of. Resolves with its path.
   *
   * @throws {@link HsWasmError} `ERR_HS_IO`: the folder cannot be written, or the module's file was overwritten since it was loaded
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
   */
  precompile(options: PrecompileOptions): Promise<string>;

  /**
   * Runs a program as {@link Module.run} does, with profiles of all that ran in it.
   *
   * @throws what {@link Module.run} throws; then there is no profile
   */
  profile(options?: RunOptions & ProfileOptions): Promise<Profiled<RunResult>>;
  /**
   * Makes an instance, hands it to `use` and disposes of it when what `use` returns has settled, with profiles of all that ran in it.
   * GHC's runtime looks at heap and events only if it is told to at its start: that is why the instance is a fresh one. For CPU
   * samples of one that lives, see {@link Instance.profile}.
   *
   * @throws what {@link Module.instantiate} and `use` throw; then there is no profile
   */
  profile<T, E = Exports>(
    use: (instance: Instance<E>) => T | PromiseLike<T>,
    options?: InstanceOptions & ProfileOptions,
  ): Promise<Profiled<T>>;

  /**
   * Starts an instance: links WASI and JSFFI and runs `_initialize`.
   *
   * @throws {@link LinkError} `ERR_HS_MISSING_EXPORT`: a command, which is for {@link Module.run}
   * @throws {@link ExitError}, {@link TrapError}, {@link LimitError}: the guest did not survive its start
   * @throws {@link AbortError} `ABORT_ERR`
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
   */
  instantiate<E = Exports>(options?: InstanceOptions): Promise<Instance<E>>;

  /**
   * Runs a command to its end. Resolves for every exit code; a sleeping or computing command does not
   * block the event loop.
   *
   * @throws {@link LinkError} `ERR_HS_MISSING_EXPORT`: a reactor, which is for {@link Module.instantiate}
   * @throws {@link TrapError} `ERR_HS_TRAP`
   * @throws {@link LimitError} `ERR_HS_LIMIT`: time, memory (GHC's heap too, if it has an `-M`) or captured output
   * @throws {@link AbortError} `ABORT_ERR`; as the two before with what was captured as `stdout` and `stderr`
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
   */
  run(options: RunOptions & { encoding: 'buffer' }): Promise<RunResult<Buffer>>;
  run(options?: RunOptions): Promise<RunResult>;
}

/**
 * What a declaration file (`types`, `hs-wasm types`) says of an instance's exports besides: what {@link typed} makes of them.
 *
 * @typeParam T the exports with natural values
 */
export interface HaskellExports<T> {
  /** Never there: only for the compiler. */
  readonly [natural]?: T;
}
declare const natural: unique symbol;

/**
 * The exports of an instance with JavaScript's natural values. Haskell's `Bool` is a boolean, `Char` a string of one character,
 * `Word` and the addresses (`Ptr`, `FunPtr`, `StablePtr`) are not negative, `Int64` and `Word64` are bigints, and a `JSVal` that
 * is `undefined` is `null`. Arguments are checked instead of being converted: a value of another type or out of range is a
 * `TypeError`. Exports whose Haskell types are not known (see {@link ExportInfo.args}) stay as they are.
 *
 * @throws `TypeError` `ERR_INVALID_ARG_TYPE`: no instance. Functions throw (or reject, where they give promises)
 *   `ERR_INVALID_ARG_TYPE` and `ERR_INVALID_ARG_VALUE`, and what the export itself throws
 * @example
 * const { isPrime } = typed(await instantiate<import('./Primes.hs').Exports>('Primes.hs'));
 * console.log(await isPrime(97)); // true
 */
export function typed<T>(instance: Instance<HaskellExports<T>>): T;
/** The same with types given by hand, or none. */
export function typed<T = Exports>(instance: Instance<any>): T;

/** The exports of a module about which TypeScript knows nothing. */
export type Exports = Record<string, (...args: any[]) => any>;

/** The guest's linear memory. */
export interface Memory {
  /** The bytes. Detached when the memory grows and while the guest runs elsewhere: read it anew each time. */
  readonly buffer: ArrayBuffer;
  /** Grows by so many pages of 64 KiB and returns how many there were. */
  grow(pages: number): number;
}

/** What an instance holds at the moment. */
export interface InstanceStats {
  /** Size of the linear memory in bytes. It never shrinks. */
  readonly memoryBytes: number;
  /** What GHC's storage manager has in use, in bytes; known for modules compiled here. */
  readonly heapBytes?: number;
  /** JavaScript values that Haskell holds as `JSVal`, if the module uses JSFFI. A number that only grows is a leak. */
  readonly jsvals?: number;
  /** Haskell functions that JavaScript has as callbacks (`"wrapper"`). */
  readonly callbacks: number;
  /** JavaScript promises that Haskell threads wait for. */
  readonly awaitedPromises: number;
  /** Calls whose promise has not settled. */
  readonly pendingCalls: number;
  /** What is left of `fuel`, if it is limited and no call is under way elsewhere. */
  readonly fuel?: number;
  /** How often a computation has left the JavaScript thread for another. */
  readonly migrations: number;
  /** The machine code that the instance runs: see {@link LoadOptions.tier}. */
  readonly tier: 'quick' | 'optimized';
  /**
   * Whether the module's start (`_initialize`, with the start of GHC's runtime) was run for this instance, or what it leaves was copied: a
   * module that was started twice with the same arguments, environment and folders need not be started again.
   */
  readonly start: 'run' | 'copied';
}

/**
 * A running reactor. An instance that has exited, has trapped, reached a limit or was disposed of stays
 * closed: calls throw or reject with a {@link ClosedError}. Other instances are not affected.
 */
export class Instance<E = Exports> {
  private constructor();
  /**
   * The functions that the module exports by `foreign export`. An asynchronous JSFFI export returns a
   * promise, which rejects with a {@link HaskellError} for a Haskell exception. A synchronous export returns its value.
   *
   * @throws {@link ExitError} `ERR_HS_EXIT`: the guest's runtime ended itself
   * @throws {@link TrapError} `ERR_HS_TRAP`
   * @throws {@link LimitError} `ERR_HS_LIMIT`
   * @throws {@link ClosedError} `ERR_HS_CLOSED`
   * @throws {@link HsWasmError} `ERR_HS_BUSY`: a synchronous export while the guest waits in another call;
   *   `ERR_HS_IO`: a synchronous export that waits for a stream's input, which nobody could bring;
   *   `ERR_HS_REENTRY`: called from a synchronous import of a module whose GHC forbids that, or nested too deeply;
   *   `ERR_HS_DEADLOCK`: nothing is left that could wake the Haskell threads;
   *   `ERR_HS_FREED`: a callback that Haskell has freed
   */
  readonly exports: E;
  /** GHC's `__exports`, as snippets see it: every export, with `memory` and the `rts_…` functions. */
  readonly rawExports: Record<string, any>;
  /** The linear memory. */
  readonly memory: Memory;
  /** Writes to the guest's stdin; only with `stdin: 'pipe'`. */
  readonly stdin: Writable | null;
  /** What the guest writes to stdout; only with `stdout: 'pipe'`. */
  readonly stdout: Readable | null;
  /** What the guest writes to stderr; only with `stderr: 'pipe'`. */
  readonly stderr: Readable | null;
  /**
   * Calls the export `name` with limits of its own. At the end of its time, or when its signal is aborted, the call rejects at once,
   * with a {@link LimitError} or an {@link AbortError}; the Haskell thread is told where its JSFFI can be (`throwTo`, from GHC
   * 9.14). If Haskell only waits then, the instance goes on; if it computes, it is stopped and the instance is closed.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_VALUE`: there is no such export, or `fuel` for an instance that does not count it
   */
  call(name: string, args?: readonly unknown[], options?: CallOptions): Promise<unknown>;
  /** What the instance holds at the moment. */
  stats(): InstanceStats;
  /**
   * CPU samples of what this instance computes until what `use` returns has settled. One at a time: a second one ends the first's.
   *
   * @throws what `use` throws
   */
  profile<T>(use: () => T | PromiseLike<T>, options?: SamplingOptions): Promise<Profiled<T>>;
  /**
   * Ends the instance: a running call is stopped, pending promises reject with a {@link ClosedError}. Where nothing runs, GHC's
   * runtime ends first (`hs_exit`): what Haskell has buffered is written, its event log and heap profile are finished. May be
   * repeated.
   */
  dispose(): void;
  /** {@link Instance.dispose}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** What {@link Module.profile} looks at. */
export interface ProfileOptions extends SamplingOptions {
  /** Take CPU samples. Default: `true`. */
  cpu?: boolean;
  /** Have GHC's runtime write its event log. Default: `false`. */
  events?: boolean;
  /** Have GHC's runtime look at its heap (`-hT`). Each look collects garbage first. Default: `false`. */
  heap?: boolean;
  /** How often it looks at the heap, in milliseconds, from 1 to 60,000. Default: 100. */
  heapIntervalMs?: number;
}

/** How {@link Instance.profile} takes samples. */
export interface SamplingOptions {
  /** The least time between two CPU samples, in milliseconds, from 1 to 60,000. Default: 1. */
  intervalMs?: number;
}

/** What came of it, and the profile. */
export interface Profiled<T> {
  /** What was returned, or a program's result. */
  value: T;
  /**
   * A profile for <https://profiler.firefox.com>, once it is written as JSON: CPU samples, and what the event log tells. Absent if
   * neither was wanted.
   */
  firefox?: Record<string, unknown>;
  /** The event log as GHC's runtime wrote it, if it was wanted. */
  eventLog?: Uint8Array;
  /** The heap profile, if it was wanted: as GHC's runtime wrote it, and as a picture if it has two looks at the heap. */
  heap?: { hp: string; svg?: string };
}

/** What one call may take. */
export interface CallOptions {
  /** The most milliseconds until its promise settles, from 1 to 2,147,483,647. Default: the instance's `timeoutMs`. */
  timeoutMs?: number;
  /** The most that the guest may execute until the promise settles. Only with {@link InstanceOptions.fuel}. Default: no limit. */
  fuel?: number;
  /** Rejects the call, with an {@link AbortError} whose `cause` is the signal's reason. */
  signal?: AbortSignal;
}

/** What a guest reads: text, bytes and streams reach their end; `ignore` is empty; `inherit` is the process' stdin. */
export type StdinOption =
  | 'inherit'
  | 'ignore'
  | 'pipe'
  | (string & {})
  | ArrayBuffer
  | ArrayBufferView
  | NodeJS.ReadableStream
  | ReadableStream;

/** Where a guest writes: streams are written with backpressure; `pipe` and `capture` mean the same. */
export type StdoutOption = 'inherit' | 'ignore' | 'pipe' | 'capture' | NodeJS.WritableStream | WritableStream;

/** What a guest sees of the world, and what it may take of it. */
export interface InstanceOptions {
  /** Arguments after the program's name. Default: none. */
  args?: readonly string[];
  /**
   * Environment variables; entries that are `undefined` are left out. Pass `process.env` to hand on all. `PWD` is the working
   * folder of Haskell programs, and is left out where it is in no preopen; `GHCRTS` has options of GHC's runtime. Default: none.
   */
  env?: Readonly<Record<string, string | undefined>>;
  /** Options of GHC's runtime, without `+RTS`: `['-A16m', '-s']`. Default: none. */
  rtsOptions?: readonly string[];
  /** Folders of the host by their path in the guest: `{ '/data': './data' }`. Default: none, so no files. */
  preopens?: Readonly<Record<string, string | URL | PreopenOption>>;
  /** Default: `'ignore'`. `'pipe'` makes `instance.stdin`. */
  stdin?: StdinOption;
  /** Default: `'inherit'`, for `run` `'capture'`. `'pipe'` makes `instance.stdout`. */
  stdout?: StdoutOption;
  /** Default: `'inherit'`, for `run` `'capture'`. `'pipe'` makes `instance.stderr`. */
  stderr?: StdoutOption;
  /** The time that the guest goes by. Default: the machine's. */
  clock?: ManualClock;
  /**
   * What the guest's random bytes follow from (`random_get`), a whole number from 0: the same bytes for the same number, for
   * ever. Not for secrets. Default: none, they are the system's.
   */
  randomSeed?: number;
  /** The most bytes of linear memory, from 65,536 to 4,294,967,296. Default: wasm's own 4 GiB. */
  memoryLimitBytes?: number;
  /**
   * The most milliseconds for the whole of `run`, or for each call of an instance, from 1 to 2,147,483,647; waiting counts.
   * Beyond them: a {@link LimitError}. See {@link Instance.call} for what becomes of the instance. Default: no limit.
   */
  timeoutMs?: number;
  /**
   * The most that the guest may execute in its life, in about one unit for each instruction. Beyond it: a {@link LimitError}, and the
   * instance is closed. The module is compiled once more for code that counts, which runs at four fifths of the speed.
   * Default: no limit.
   */
  fuel?: number;
  /** Ends the guest, with an {@link AbortError} whose `cause` is the signal's reason. */
  signal?: AbortSignal;
  /** More names that snippets (`foreign import javascript`) see, with their values. Default: none. */
  imports?: Readonly<Record<string, unknown>>;
  /**
   * What a file written by `hs-wasm post-link --no-eval` exports, or that module's namespace: the module's snippets as
   * real functions. Needed where making functions from text is forbidden (`--disallow-code-generation-from-strings`).
   * Default: none, the functions are made from the text in the module.
   */
  glue?: object;
  /**
   * The file, or the folder if it ends in a slash, that `import()` in snippets is relative to, as a `file:` URL or an
   * absolute path: `import.meta.url`, `__filename`. Names of packages are looked up from there too, by an interface of
   * Node that is experimental still (Node 20.12 or later, which prints a warning). Not with `glue`, where `import()` is
   * relative to the file of the glue. Default: none, `import()` finds absolute URLs and Node's own modules.
   */
  baseUrl?: string | URL;
  /**
   * Where the guest computes. `auto`: on the JavaScript thread for a slice, then on another, and back when it calls JavaScript. `main`: on
   * the JavaScript thread, which has to wait. `worker`: on another; each synchronous import then costs two thread switches.
   * A synchronous export always computes on the JavaScript thread. A program without JSFFI computes on another thread from the
   * start, unless this is `main`. Default: `auto`.
   */
  thread?: 'auto' | 'main' | 'worker';
  /** What a guest may compute on the JavaScript thread before it leaves it, in milliseconds from 1 to 1,000. Default: that of {@link configure}. */
  sliceMs?: number;
}

/** A folder of the host that a guest sees. */
export interface PreopenOption {
  /** Path of the folder. */
  path: string | URL;
  /** Refuse writing. Default: `false`. */
  readOnly?: boolean;
}

/**
 * A clock for guests that stands still until it is moved, for tests. Any number of instances and runs can go by it. It is both of
 * WASI's clocks: the time since 1970, and the monotonic clock, which starts at 0. A guest that sleeps (`poll_oneoff`) sleeps
 * until the clock gets there. Haskell threads of modules with JSFFI sleep by JavaScript's `setTimeout`, which fake timers move.
 *
 * @example
 * const clock = new ManualClock({ now: Date.UTC(2020, 0, 1) });
 * const running = run('Sleepy.hs', { clock });
 * clock.advance(3_600_000);
 */
export class ManualClock {
  /**
   * @param options `now`: where it starts, in milliseconds since 1970 or as a `Date`; default: 0
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`: no time from 1970 to 2554
   */
  constructor(options?: { now?: number | Date });
  /** Milliseconds since 1970. */
  now(): number;
  /** Moves both clocks on by so many milliseconds; guests that sleep until then wake. */
  advance(ms: number): void;
  /** Sets the time since 1970 and leaves the monotonic clock as it is, as setting a machine's clock does. */
  set(now: number | Date): void;
}

/** What {@link run} takes for a command. Its `stdin` cannot be `'pipe'`: pass a stream. */
export interface RunOptions extends InstanceOptions {
  /** `utf8`: output as text, wrong bytes replaced by U+FFFD. `buffer`: as bytes. Default: `utf8`. */
  encoding?: 'utf8' | 'buffer';
  /**
   * The most bytes to capture of each stream, up to 4,294,967,296. A program that writes more ends with a {@link LimitError}
   * (`limit: 'output'`) that has what was captured. Default: 268,435,456.
   */
  captureLimitBytes?: number;
}

/** How a command ended. */
export interface RunResult<T = string> {
  /** From 0 to 255. */
  readonly exitCode: number;
  /** What it wrote to stdout; empty where it went elsewhere. */
  readonly stdout: T;
  /** What it wrote to stderr; empty where it went elsewhere. */
  readonly stderr: T;
}

/**
 * The ES module that GHC's `post-link.mjs` would write for a module with JSFFI: for hosts without hs-wasm, such as
 * browsers. `hs-wasm post-link -i main.wasm -o main.js` writes it into a file.
 *
 * @throws {@link LinkError} `ERR_HS_INVALID_MODULE`, `ERR_HS_UNKNOWN_IMPORT`, `ERR_HS_SNIPPET`
 * @throws `TypeError` `ERR_INVALID_ARG_TYPE`
 */
export function postLink(wasm: ArrayBuffer | ArrayBufferView): string;

// --- the compiler ---------------------------------------------------------------------------------------

/** A compiler that can be used. */
export interface ToolchainInfo {
  /** Path of `wasm32-wasi-ghc`. */
  readonly ghc: string;
  /** GHC's version, such as `9.10.3`. */
  readonly version: string;
  /** Where it was found: an option, `HS_WASM_GHC`, on the `PATH`, in `~/.ghc-wasm`, among ghcup's, or installed by hs-wasm. */
  readonly source: 'option' | 'environment' | 'path' | 'ghc-wasm-meta' | 'ghcup' | 'own';
  /** GHC's library folder, which has its `post-link.mjs`. */
  readonly libdir: string;
}

/** One step of a long operation. */
export interface Progress {
  /**
   * What is being done: a stable word. `toolchain.install()` has `wait`, `download`, `fetch`, `unpack`, `relocate`, `target`,
   * `libraries`, `rts`, `configure`, `library`, `prune`, `prove` and `done`, `toolchain.pack()` has `pack`, {@link compile}
   * such as `compile` and `codegen`.
   */
  readonly phase: string;
  /** The same for a person, in one line. */
  readonly message: string;
  /** How many of `total` are done, where they are counted. */
  readonly done?: number;
  /** How many there are. */
  readonly total?: number;
  /** Bytes that are done, where they are counted. */
  readonly bytes?: number;
  /** How many bytes there are, if that is known. */
  readonly totalBytes?: number;
  /** Milliseconds since the work began. */
  readonly elapsedMs?: number;
  /** An estimate of the milliseconds that are left, by the speed so far. */
  readonly remainingMs?: number;
}

/** How {@link toolchain.pack} works. */
export interface PackOptions {
  /** Aborts the work. */
  signal?: AbortSignal;
  /** Is told of each step. What it throws is ignored. */
  onProgress?: (progress: Progress) => void;
}

/** How {@link toolchain.install} works. */
export interface InstallOptions extends PackOptions {
  /** Programs to run at a time. Default: the number of processors. */
  jobs?: number;
  /**
   * An archive that {@link toolchain.pack} wrote, to be unpacked instead of building: a path, or a `file:`, `http:` or
   * `https:` URL. Its contents are compared with the checksum in it; where it comes from is for you to trust.
   */
  from?: string | URL;
}

/** A compiler that hs-wasm installed, or began to. */
export interface InstalledToolchain {
  /** Its name, such as `ghc-9.10-r3`. */
  readonly id: string;
  /** Its folder. */
  readonly path: string;
  /** GHC's version; `null` where the install has not been finished. */
  readonly version: string | null;
  /** Its size on the disk, in bytes, where it is known. */
  readonly bytes: number | null;
  /** Whether this version of hs-wasm uses it. */
  readonly isCurrent: boolean;
}

/** An archive that {@link toolchain.pack} wrote. */
export interface PackedToolchain {
  /** Its path. */
  readonly file: string;
  /** Its size, in bytes. */
  readonly bytes: number;
  /** The compiler in it. */
  readonly id: string;
  /** The checksum in it: BLAKE3 of its contents, hexadecimal. */
  readonly checksum: string;
}

/** One finding of {@link toolchain.doctor}. */
export interface Check {
  /** What was looked at: `cache`, a place where a compiler may be, `compiler`, `command`, `reactor`, `install`. */
  readonly name: string;
  /** Whether it is as it should be. */
  readonly ok: boolean;
  /** What was found. */
  readonly message: string;
  /** How to mend it, where it is not `ok`. */
  readonly fix?: string;
}

/** GHC's wasm backend on this machine. */
export const toolchain: {
  /**
   * The compiler that {@link compile} uses, or `null`. Looks at the environment variable `HS_WASM_GHC`,
   * for `wasm32-wasi-ghc` on the `PATH`, in `~/.ghc-wasm`, among ghcup's compilers, then for our own.
   *
   * @throws {@link ToolchainError} `ERR_HS_TOOLCHAIN_UNSUPPORTED`: `HS_WASM_GHC` names no usable compiler
   */
  find(): Promise<ToolchainInfo | null>;
  /**
   * The folder of that compiler's commands (`wasm32-wasi-ghc`, `wasm32-wasi-ghc-pkg` and so on), or `null`.
   *
   * @throws {@link ToolchainError} as {@link toolchain.find}
   */
  path(): Promise<string | null>;
  /**
   * Gets a compiler of our own into the cache folder: builds it from Debian's packages (some minutes; needs apt, but no
   * root), or takes it `from` an archive (some seconds). What is there already is not made again. An install that was
   * interrupted, however, goes on where it stopped or starts clean; two at once share one. Takes 0.7 GB, 3 GB while it
   * builds. Nothing outside the cache folder is touched.
   *
   * @throws {@link ToolchainError} `ERR_HS_TOOLCHAIN_INSTALL`
   * @throws {@link AbortError} `ABORT_ERR`
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
   */
  install(options?: InstallOptions): Promise<ToolchainInfo>;
  /**
   * Writes our own compiler into one file, a tar archive compressed by zstd, for `install({ from })` on machines with the
   * same kind of processor. The file appears when it is whole.
   *
   * @throws {@link ToolchainError} `ERR_HS_TOOLCHAIN_NOT_FOUND`: it is not installed
   * @throws {@link HsWasmError} `ERR_HS_IO`
   * @throws {@link AbortError} `ABORT_ERR`
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
   */
  pack(file: string | URL, options?: PackOptions): Promise<PackedToolchain>;
  /** The compilers in the cache folder, those of other versions of hs-wasm and unfinished ones too. */
  list(): Promise<InstalledToolchain[]>;
  /**
   * Removes one of those of {@link toolchain.list}, by its `id`. Default: the one that this version of hs-wasm uses.
   *
   * @throws {@link ToolchainError} `ERR_HS_TOOLCHAIN_NOT_FOUND`: there is none of that name
   * @throws {@link HsWasmError} `ERR_HS_IO`
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
   */
  remove(id?: string): Promise<InstalledToolchain>;
  /**
   * Looks at everything that compiling and installing need: each place where a compiler may be, which is used, and
   * whether a program and a module with JSFFI compile and run. Never rejects.
   */
  doctor(): Promise<Check[]>;
};

// --- the process ----------------------------------------------------------------------------------------

/** What a process decides once: see {@link configure}. */
export interface Configuration {
  /** Threads that run and wake guests, for all instances together, from 1 to 1024. Default: the number of processors. */
  workerThreads?: number;
  /**
   * How long a guest computes before it gives way to others, in whole milliseconds from 1 to 1000.
   * Default: `5`.
   */
  sliceMs?: number;
  /**
   * Where compilers, compiled sources and machine code are kept. Default: the folder of the environment variable
   * `HS_WASM_CACHE`, else `hs-wasm` in the platform's cache folder.
   */
  cacheDir?: string | URL;
}

/**
 * Sets what holds for the whole process and all its worker threads. To be called before anything else of the package: each
 * setting is fixed by the first call that names it, or by its first use. To name a fixed one again with the value that it
 * has is no error.
 *
 * @throws {@link HsWasmError} `ERR_HS_CONFIGURED`: a setting is fixed with another value; nothing was changed
 * @throws `TypeError` `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
 */
export function configure(options: Configuration): void;

// --- errors ---------------------------------------------------------------------------------------------

/** One message of the compiler about one place in the source. Where it has no place, these are `null`. */
export interface Diagnostic {
  /** The source file as the compiler names it. */
  readonly file: string | null;
  /** The first line, from 1. */
  readonly line: number | null;
  /** The first column, from 1. */
  readonly column: number | null;
  /** The last line, from 1. */
  readonly endLine: number | null;
  /** The column after the last character. */
  readonly endColumn: number | null;
  /** A warning does not keep a module from being compiled. */
  readonly severity: 'error' | 'warning';
  /** GHC's code, such as `GHC-83865`. */
  readonly code: string | null;
  /** The text, without place and code. */
  readonly message: string;
}

/** One frame of a guest's stack. */
export interface Frame {
  /** The function's name, of Haskell's as in the source (`Main.fib`), if the module has names. */
  readonly function: string | null;
  /** The function's symbol in the module (`Main_fib_info`), if it has names. */
  readonly symbol: string | null;
  /** The function's index in the module. */
  readonly index: number;
  /** Offset of the instruction in the wasm file, in bytes. */
  readonly offset: number | null;
  /** Where its source is (`Fib.hs:12:5-20`), if GHC was given `-finfo-table-map`. */
  readonly source?: string;
}

/**
 * What the promise of an export rejects with for a Haskell exception that nobody caught: a `WebAssembly.RuntimeError`,
 * with and without hs-wasm. `message` is the exception's text (`displayException`).
 */
export interface HaskellError extends Error {
  /**
   * The exception's type. Absent where the module was not compiled by the compiler of `toolchain.install()`: GHC's own
   * tells the text only.
   */
  readonly haskell?: HaskellException;
  /** The JavaScript error, or value, that it began as, if a `JSException` did. Of hs-wasm only. */
  readonly cause?: unknown;
}

/** The type of a Haskell exception; of an asynchronous one, the type inside of `SomeAsyncException`. */
export interface HaskellException {
  /** As Haskell shows it, such as `ArithException` or `Wrapped Int`. */
  readonly type: string;
  /** The module that defines it, such as `Main`. Of GHC's own types that is an internal one, another in each version. */
  readonly module: string;
}

/** What an error carries besides its code and message. */
export interface ErrorFields {
  readonly cause?: unknown;
  readonly [field: string]: unknown;
}

/**
 * The base of every error of this package. Also used as such, with the codes `ERR_HS_BUSY` and
 * `ERR_HS_REENTRY` (see {@link Instance.exports}), `ERR_HS_IO` (a file could not be read or written),
 * `ERR_HS_CONFIGURED` (see {@link configure}), `ERR_HS_ADDON` (the native part is missing), `ERR_HS_UNSUPPORTED` (this version of Node, or a bundle, lacks something) and
 * `ERR_HS_INTERNAL` (a fault of hs-wasm: please report it).
 */
export class HsWasmError extends Error {
  constructor(code: string, message: string, fields?: ErrorFields);
  /** Stable, unlike the message. */
  readonly code: string;
}

/** `ERR_HS_TOOLCHAIN_NOT_FOUND`, `ERR_HS_TOOLCHAIN_UNSUPPORTED`, `ERR_HS_TOOLCHAIN_INSTALL`. */
export class ToolchainError extends HsWasmError {}

/** `ERR_HS_COMPILE`: GHC refused the source. The message is that of the first error. */
export class CompileError extends HsWasmError {
  /** Every message of the compiler, in its order. */
  readonly diagnostics: readonly Diagnostic[];
  /** What the compiler printed. */
  readonly stderr: string;
}

/**
 * `ERR_HS_INVALID_MODULE`, `ERR_HS_UNKNOWN_IMPORT`, `ERR_HS_MISSING_EXPORT`; `ERR_HS_SNIPPET`: the JavaScript of a foreign
 * import does not parse; `ERR_HS_GLUE`: the option `glue` is needed here, or was made for something else.
 */
export class LinkError extends HsWasmError {}

/** `ERR_HS_EXIT`: the guest called `proc_exit` where a value was wanted. */
export class ExitError extends HsWasmError {
  /** The end of what the guest wrote to stderr, which stands in `stack` too; of a run, all that was captured. */
  readonly stderr: string | Uint8Array;
  /** From 0 to 255. */
  readonly exitCode: number;
}

/** `ERR_HS_TRAP`: the guest trapped. `stack` shows its frames, innermost first, before JavaScript's. */
export class TrapError extends HsWasmError {
  /** The end of what the guest wrote to stderr, which stands in `stack` too; of a run, all that was captured. */
  readonly stderr: string | Uint8Array;
  /** The trap's name, such as `UnreachableCodeReached`. */
  readonly trap: string;
  /** The guest's stack, innermost frame first. */
  readonly frames: readonly Frame[];
}

/** `ERR_HS_LIMIT`: the guest reached a limit; the message names it with its value. */
export class LimitError extends HsWasmError {
  /** `memory`: `memoryLimitBytes`, or the option `-M` of GHC's runtime. `time`: `timeoutMs`. `output`: `captureLimitBytes`. `fuel`: `fuel`. `stack`: calls nested too deeply. */
  readonly limit: 'memory' | 'time' | 'output' | 'fuel' | 'stack';
  /** The exit code, where GHC's runtime ended itself for want of memory: 251, or 1 in an instance. */
  readonly exitCode?: number;
}

/** `ERR_HS_CLOSED`: the instance was disposed of, has exited, has trapped or has reached a limit. */
export class ClosedError extends HsWasmError {}

/** `ABORT_ERR`: the caller's signal was aborted. `cause` is the signal's reason. */
export class AbortError extends HsWasmError {}
