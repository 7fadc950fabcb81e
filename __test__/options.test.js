'use strict';

const path = require('node:path');
const vm = require('node:vm');
const { PassThrough } = require('node:stream');
const { pathToFileURL } = require('node:url');
const { ManualClock } = require('..');
const { binding } = require('../lib/native.js');
const {
  combinedOptions,
  compileOptions,
  installOptions,
  packOptions,
  toolchainId,
  instanceOptions,
  loadOptions,
  wasmInput,
} = require('../lib/options.js');

/** The refusal of `call`, as `[code, message]`. */
function refusal(call) {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return [error.code, error.message];
  }
  throw new Error('nothing was refused');
}

/** `[code, message]`, where a message may be a pattern. */
const refused = (code, message) => [
  code,
  message instanceof RegExp ? expect.stringMatching(message) : message,
];

const TYPE = 'ERR_INVALID_ARG_TYPE';
const VALUE = 'ERR_INVALID_ARG_VALUE';
const absolute = path.resolve('some', 'where');
const url = pathToFileURL(absolute);

describe('what is passed comes out plain', () => {
  test('compile', () => {
    expect(compileOptions('Main.hs')).toEqual({
      input: { path: path.resolve('Main.hs') },
      main: null,
      component: null,
      flags: [],
      ghcOptions: [],
      packages: [],
      optimize: 1,
      optimizeWasm: null,
      preinitialize: null,
      outDir: null,
      tier: process.env.HS_WASM_TIER ?? null,
      toolchain: null,
      exports: [],
      types: false,
      cache: true,
      signal: null,
      onProgress: null,
    });
    const { signal } = new AbortController();
    const onProgress = () => {};
    const given = {
      main: 'Data.App',
      ghcOptions: ['-Wall'],
      packages: ['text'],
      optimize: 0,
      optimizeWasm: { level: 's', names: false },
      preinitialize: { rtsOptions: ['-A4m'] },
      outDir: url,
      toolchain: { ghc: absolute, version: '9.10.3' },
      exports: ['hs_exit'],
      types: url,
      cache: false,
      tier: 'quick',
      signal,
      onProgress,
    };
    expect(compileOptions({ source: 'main = pure ()' }, given)).toEqual({
      ...given,
      component: null,
      flags: [],
      input: { source: 'main = pure ()' },
      outDir: absolute,
      toolchain: absolute,
      types: absolute,
    });
  });

  test('load', () => {
    expect(loadOptions('a.wasm', { cache: undefined })).toEqual({
      input: { path: path.resolve('a.wasm') },
      codeDir: null,
      cache: true,
      tier: process.env.HS_WASM_TIER ?? null,
      signal: null,
      onProgress: null,
    });
    expect(loadOptions('a.wasm', { tier: 'quick' })).toMatchObject({ tier: 'quick' });
    expect(() => loadOptions('a.wasm', { tier: 'fast' })).toThrow(
      /load\.options\.tier: must be 'quick' or 'optimized'/,
    );
  });

  test('an instance', () => {
    const defaults = {
      args: [],
      env: [],
      rtsOptions: [],
      preopens: [],
      stdin: { kind: 'ignore' },
      stdout: { kind: 'inherit' },
      stderr: { kind: 'inherit' },
      clock: null,
      randomSeed: null,
      memoryLimitBytes: null,
      timeoutMs: null,
      fuel: null,
      imports: {},
      glue: null,
      baseUrl: null,
      thread: 'auto',
      sliceMs: null,
      signal: null,
    };
    expect(instanceOptions()).toEqual(defaults);
    const given = {
      args: ['a', ''],
      env: { HOME: '/', EMPTY: '', ABSENT: undefined },
      rtsOptions: ['-A16m'],
      preopens: { '/a': absolute, '/b': { path: url, readOnly: true }, '/c': url.href },
      memoryLimitBytes: 65_536,
      timeoutMs: 1,
      fuel: 1e9,
      imports: { log: console.log, nothing: null },
      baseUrl: url,
      thread: 'worker',
      sliceMs: 2,
    };
    expect(instanceOptions(given)).toEqual({
      ...defaults,
      ...given,
      baseUrl: url.href,
      env: [
        ['HOME', '/'],
        ['EMPTY', ''],
      ],
      preopens: [
        { guest: '/a', host: absolute, readOnly: false },
        { guest: '/b', host: absolute, readOnly: true },
        { guest: '/c', host: absolute, readOnly: false },
      ],
    });
  });

  test('a command captures its output and has an encoding', () => {
    expect(instanceOptions({}, { command: true })).toMatchObject({
      stdout: { kind: 'capture' },
      stderr: { kind: 'capture' },
      encoding: 'utf8',
      captureLimitBytes: 2 ** 28,
    });
    const given = { encoding: 'buffer', captureLimitBytes: 0 };
    expect(instanceOptions(given, { command: true })).toMatchObject(given);
  });

  test('install', () => {
    expect(installOptions()).toEqual({ jobs: null, from: null, signal: null, onProgress: null });
    expect(installOptions({ from: 'https://example.org/x' }).from).toEqual({ url: 'https://example.org/x' });
    expect(installOptions({ from: new URL('http://localhost/x') }).from).toEqual({
      url: 'http://localhost/x',
    });
    expect(installOptions({ from: url }).from).toEqual({ path: absolute });
    expect(packOptions(url)).toEqual({ path: absolute, signal: null, onProgress: null });
    expect(toolchainId()).toBeUndefined();
  });

  test('a clock comes out as what the addon knows it by', () => {
    expect(instanceOptions({ clock: new ManualClock(), randomSeed: 0 })).toMatchObject({
      clock: expect.any(binding.NativeClock),
      randomSeed: 0,
    });
  });

  test('nothing of a default is shared', () => {
    instanceOptions().args.push('x');
    expect(instanceOptions().args).toEqual([]);
  });
});

describe('inputs', () => {
  const bytes = Uint8Array.of(0, 97, 115, 109);

  test.each([
    ['a Uint8Array', bytes],
    ['a Buffer', Buffer.from(bytes)],
    ['an ArrayBuffer', bytes.slice().buffer],
    ['a view', new DataView(Uint8Array.of(9, 0, 97, 115, 109, 9).buffer, 1, 4)],
    ['an ArrayBuffer of another realm', vm.runInNewContext('Uint8Array.of(0, 97, 115, 109).buffer')],
  ])('%s is bytes', (_name, value) => {
    expect([...wasmInput(value).bytes]).toEqual([...bytes]);
  });

  test('bytes are not copied', () => {
    expect(wasmInput(bytes).bytes).toBe(bytes);
  });

  test.each([['some/where'], [url], [url.href], [absolute]])('%s is a path', (value) => {
    expect(wasmInput(value)).toEqual({ path: absolute });
  });

  test('bytes and .wasm files are loaded, all else is compiled', () => {
    expect(combinedOptions(bytes)).toHaveProperty('load.input', { bytes });
    expect(combinedOptions('x.WASM')).toHaveProperty('load.input.path');
    expect(combinedOptions(new URL('file:///x.wasm?v=1'))).toHaveProperty('load.input.path');
    expect(combinedOptions('wasm')).toHaveProperty('compile.input.path');
    expect(combinedOptions({ source: '' })).toHaveProperty('compile.input.source', '');
  });

  test('options of both parts are told apart', () => {
    const { compile, instance } = combinedOptions('x.hs', {
      optimize: 2,
      args: ['a'],
      signal: AbortSignal.abort(),
    });
    expect(compile.optimize).toBe(2);
    expect(instance.args).toEqual(['a']);
    expect(compile.signal).toBe(instance.signal);
  });

  test.each([
    [
      () => compileOptions(1),
      TYPE,
      'compile.input: must be a path, a file: URL or { source: string }, found number 1',
    ],
    [() => compileOptions(), TYPE, /found undefined$/],
    [() => compileOptions({ source: 1 }), TYPE, 'compile.input.source: must be a string, found number 1'],
    [() => compileOptions({ source: '', path: '' }), VALUE, /^compile\.input\.path: unknown option/],
    [() => compileOptions(''), VALUE, /^compile\.input: .* found an empty string$/],
    [() => compileOptions('a\0b'), VALUE, /must not contain a NUL character, found 'a\\x00b'$/],
    [() => compileOptions('file:///a%00b'), VALUE, /NUL/],
    [
      () => compileOptions('http://host/Main.hs'),
      VALUE,
      /^compile\.input: must be a path or a file: URL, found http:/,
    ],
    [
      () => wasmInput({}),
      TYPE,
      /^load\.input: must be .* a Uint8Array or an ArrayBuffer, found object \{\}$/,
    ],
    [() => combinedOptions(7, {}, { command: true }), TYPE, /^run\.input: /],
  ])('%s is refused', (call, code, message) => {
    expect(refusal(call)).toEqual(refused(code, message));
  });
});

describe('streams', () => {
  const node = new PassThrough();

  test.each([
    ['text', { kind: 'bytes', bytes: new TextEncoder().encode('text') }],
    ['', { kind: 'bytes', bytes: new Uint8Array() }],
    [Buffer.from('λ'), { kind: 'bytes', bytes: Buffer.from('λ') }],
    ['inherit', { kind: 'inherit' }],
    ['ignore', { kind: 'ignore' }],
    ['pipe', { kind: 'pipe' }],
    [node, { kind: 'stream', stream: node, web: false }],
  ])('stdin: %p', (stdin, expected) => {
    expect(instanceOptions({ stdin }).stdin).toEqual(expected);
  });

  test('streams of the web are known', () => {
    const stdin = new ReadableStream();
    const stdout = new WritableStream();
    const options = instanceOptions({ stdin, stdout });
    expect(options.stdin).toEqual({ kind: 'stream', stream: stdin, web: true });
    expect(options.stdout).toEqual({ kind: 'stream', stream: stdout, web: true });
  });

  test('pipe and capture mean the same for output: a result, or a stream', () => {
    const both = { stdout: 'pipe', stderr: 'capture' };
    expect(instanceOptions(both)).toMatchObject({ stdout: { kind: 'pipe' }, stderr: { kind: 'pipe' } });
    expect(instanceOptions(both, { command: true })).toMatchObject({
      stdout: { kind: 'capture' },
      stderr: { kind: 'capture' },
    });
  });

  test.each([
    [
      () => instanceOptions({ stdin: 'pipe' }, { command: true }),
      VALUE,
      /^run\.options\.stdin: cannot be 'pipe' here/,
    ],
    [() => instanceOptions({ stdin: 'capture' }), VALUE, /^instantiate\.options\.stdin: cannot be 'capture'/],
    [() => instanceOptions({ stdin: 1 }), TYPE, /a readable stream, found number 1$/],
    [() => instanceOptions({ stdin: new WritableStream() }), TYPE, /a readable stream/],
    [() => instanceOptions({ stdout: 'file.txt' }), TYPE, /a writable stream, found string 'file\.txt'$/],
    [() => instanceOptions({ stderr: new ReadableStream() }), TYPE, /^instantiate\.options\.stderr: /],
  ])('%s is refused', (call, code, message) => {
    expect(refusal(call)).toEqual(refused(code, message));
  });
});
