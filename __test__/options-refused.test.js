'use strict';
// What is refused of the options, in which words.

const {
  combinedOptions,
  compileOptions,
  installOptions,
  packOptions,
  toolchainId,
  instanceOptions,
  loadOptions,
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

describe('refusals say where, what and how', () => {
  test.each([
    // Names.
    [{ timeout: 1 }, VALUE, "instantiate.options.timeout: unknown option; did you mean 'timeoutMs'?"],
    [{ memoryLimit: 1 }, VALUE, /did you mean 'memoryLimitBytes'\?$/],
    [{ ENV: {} }, VALUE, /did you mean 'env'\?$/],
    [{ evn: {} }, VALUE, /did you mean 'env'\?$/],
    [{ preopen: {} }, VALUE, /did you mean 'preopens'\?$/],
    [{ sandwich: 1 }, VALUE, /^instantiate\.options\.sandwich: unknown option; the options are args, env, /],
    [{ 'a-b': 1 }, VALUE, /^instantiate\.options\['a-b'\]: unknown option/],
    // Types.
    [{ args: 'a' }, TYPE, "instantiate.options.args: must be an array, found string 'a'"],
    [{ args: ['a', 1] }, TYPE, 'instantiate.options.args[1]: must be a string, found number 1'],
    [{ env: ['A=1'] }, TYPE, /^instantiate\.options\.env: must be an object, found array/],
    [{ env: { A: 1 } }, TYPE, 'instantiate.options.env.A: must be a string, found number 1'],
    [{ signal: {} }, TYPE, /^instantiate\.options\.signal: must be an AbortSignal/],
    [{ timeoutMs: '5' }, TYPE, /^instantiate\.options\.timeoutMs: must be a number of milliseconds/],
    [{ thread: null }, VALUE, "instantiate.options.thread: must be 'auto' or 'main' or 'worker', found null"],
    [{ preopens: { '/data': 1 } }, TYPE, /^instantiate\.options\.preopens\['\/data'\]: must be a path/],
    [
      { preopens: { '/data': { path: 'x', readOnly: 1 } } },
      TYPE,
      "instantiate.options.preopens['/data'].readOnly: must be true or false, found number 1",
    ],
    [{ preopens: { '/data': { path: 'x', readonly: true } } }, VALUE, /did you mean 'readOnly'\?$/],
    [
      { preopens: { '/data': {} } },
      TYPE,
      /\['\/data'\]\.path: must be a path or a file: URL, found undefined$/,
    ],
    // Values.
    [{ args: ['a\0'] }, VALUE, /^instantiate\.options\.args\[0\]: must not contain a NUL/],
    [{ env: { A: '\0' } }, VALUE, /^instantiate\.options\.env\.A: must not contain a NUL/],
    [{ env: { 'A=B': '' } }, VALUE, /^instantiate\.options\.env: names must be .* '=' .* found 'A=B'$/],
    [{ env: { '': '' } }, VALUE, /^instantiate\.options\.env: names must be/],
    [{ preopens: { '': 'x' } }, VALUE, /^instantiate\.options\.preopens: names must be paths in the guest/],
    [
      { rtsOptions: ['+RTS', '-s'] },
      VALUE,
      /^instantiate\.options\.rtsOptions\[0\]: must be given without \+RTS/,
    ],
    [
      { memoryLimitBytes: 65_535 },
      VALUE,
      /must be a whole number of bytes from 65536 to 4294967296, found 65535$/,
    ],
    [{ memoryLimitBytes: 2 ** 32 + 1 }, VALUE, /memoryLimitBytes/],
    [{ timeoutMs: 0 }, VALUE, /timeoutMs: must be a whole number of milliseconds from 1 /],
    [{ timeoutMs: Infinity }, VALUE, /found Infinity$/],
    [{ fuel: 1.5 }, VALUE, /^instantiate\.options\.fuel: .* found 1\.5$/],
    [
      { imports: { class: 1 } },
      VALUE,
      /^instantiate\.options\.imports\.class: must be a valid name of a variable/,
    ],
    [{ imports: { 'a b': 1 } }, VALUE, /^instantiate\.options\.imports\['a b'\]/],
    [{ imports: { 'a = 1': 1 } }, VALUE, /must be a valid name/],
    [{ imports: { $1: 1 } }, VALUE, 'instantiate.options.imports.$1: this name is taken by JSFFI itself'],
    [{ imports: { __exports: 1 } }, VALUE, /taken by JSFFI/],
  ])('%p', (options, code, message) => {
    expect(refusal(() => instanceOptions(options))).toEqual(refused(code, message));
    // The same when source is compiled first, whose options are known too.
    expect(refusal(() => combinedOptions('Main.hs', options))[0]).toBe(code);
  });

  test.each([
    [() => compileOptions('x', null), TYPE, 'compile.options: must be an object, found null'],
    [() => compileOptions('x', []), TYPE, 'compile.options: must be an object, found array []'],
    [
      () => compileOptions('x', { optimize: 3 }),
      VALUE,
      /^compile\.options\.optimize: must be 0 or 1 or 2, found/,
    ],
    [
      () => compileOptions('x', { packages: ['a b'] }),
      VALUE,
      /^compile\.options\.packages\[0\]: must be one name/,
    ],
    [() => compileOptions('x', { exports: ['f,--undefined'] }), VALUE, /^compile\.options\.exports\[0\]/],
    [() => compileOptions('x', { packages: ['-package-db'] }), VALUE, /a leading '-'/],
    [
      () => compileOptions('x', { toolchain: { ghc: 1 } }),
      TYPE,
      /^compile\.options\.toolchain\.ghc: must be a path/,
    ],
    [
      () => compileOptions('x', { onProgress: true }),
      TYPE,
      /^compile\.options\.onProgress: must be a function/,
    ],
    [() => compileOptions('x', { cache: 'no' }), TYPE, /^compile\.options\.cache: must be true or false/],
    [() => loadOptions('x', { optimize: 1 }), VALUE, /^load\.options\.optimize: unknown option/],
    [
      () => combinedOptions('x.wasm', { optimize: 1 }),
      VALUE,
      /optimize: is about compiling Haskell, but the input is/,
    ],
    [
      () => combinedOptions('x', { encoding: 'utf8' }),
      VALUE,
      /^instantiate\.options\.encoding: unknown option/,
    ],
    [
      () => instanceOptions({ encoding: 'latin1' }, { command: true }),
      VALUE,
      /^run\.options\.encoding: must be 'utf8'/,
    ],
    [
      () => installOptions({ from: 7 }),
      TYPE,
      /^toolchain\.install\.options\.from: must be a path or a file: URL/,
    ],
    [
      () => installOptions({ from: 'http://[' }),
      VALUE,
      /^toolchain\.install\.options\.from: must be a path or a URL/,
    ],
    [() => packOptions(undefined), TYPE, /^toolchain\.pack\.file: must be a path/],
    [() => packOptions('x', { level: 9 }), VALUE, /^toolchain\.pack\.options\.level: unknown option/],
    [() => toolchainId(7), TYPE, /^toolchain\.remove\.id: must be a string/],
    [
      () => installOptions({ jobs: 0 }),
      VALUE,
      /^toolchain\.install\.options\.jobs: must be a whole number from 1 /,
    ],
  ])('%s', (call, code, message) => {
    expect(refusal(call)).toEqual(refused(code, message));
  });

  test('names of the prototype are no options', () => {
    expect(refusal(() => instanceOptions({ toString: 1 }))[0]).toBe(VALUE);
    expect(combinedOptions('x.wasm', Object.create({ optimize: 1 }))).toHaveProperty('load');
  });
});
