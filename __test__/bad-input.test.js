'use strict';
// Bad input: each gets an error of its class and code that says what was wrong, and nothing crashes.

const { engine, failure, fixture, instance, ours } = require('./support');
const { I32, I64, code, component, wasm } = require('./support/wasm');

const { CompileError, HsWasmError, LinkError } = engine;

const compiled = (name) => failure(() => engine.compile(fixture(name)));
const loaded = (bytes) => failure(() => engine.instantiate(bytes));

describe('a source', () => {
  ours('that is not Haskell is a CompileError with the place', async () => {
    const error = await compiled('bad-haskell');
    expect(error).toBeInstanceOf(CompileError);
    expect(error).toBeInstanceOf(HsWasmError);
    expect(error).toMatchObject({ code: 'ERR_HS_COMPILE', stderr: expect.stringContaining('parse error') });
    expect(error.diagnostics[0]).toMatchObject({ severity: 'error', line: 1, column: 19 });
  });

  ours('with type errors is a CompileError with a diagnostic for each', async () => {
    const error = await compiled('bad-types');
    expect(error).toMatchObject({
      code: 'ERR_HS_COMPILE',
      message: expect.stringContaining("Couldn't match"),
    });
    const common = { file: expect.stringMatching(/Main\.hs$/), severity: 'error', code: 'GHC-83865' };
    const message = expect.stringContaining("Couldn't match");
    expect(error.diagnostics).toEqual([
      { ...common, message, line: 7, column: 9, endLine: 7, endColumn: 15 },
      { ...common, message, line: 10, column: 22, endLine: 10, endColumn: 26 },
    ]);
  });

  ours('without exports and without `main` is told to have one', async () => {
    const error = await compiled('bad-no-exports');
    expect(error).toBeInstanceOf(HsWasmError);
    expect(error.code).toMatch(/^ERR_HS_(MISSING_EXPORT|COMPILE)$/);
    expect(error.message).toMatch(/foreign export/);
  });

  ours('with a type that cannot cross names the type', async () => {
    const error = await compiled('bad-ffi-type');
    expect(error).toBeInstanceOf(CompileError);
    expect(error.message).toMatch(/Maybe/);
  });

  ours('that is missing is named', async () => {
    const error = await failure(() => engine.compile('/no/such/Main.hs'));
    expect(error).toBeInstanceOf(HsWasmError);
    expect(error).toMatchObject({ code: 'ERR_HS_IO', message: expect.stringContaining('/no/such/Main.hs') });
  });

  ours('given as text fails as a file does', async () => {
    const error = await failure(() => engine.compile({ source: 'module Broken where\nx =' }));
    expect(error).toBeInstanceOf(CompileError);
    expect(error.diagnostics[0]).toMatchObject({ severity: 'error', line: 2 });
  });
});

describe('a wasm file', () => {
  const proper = wasm({ functions: [['one', 0, []]] });

  ours.each([
    ['no bytes', new Uint8Array()],
    ['text', Buffer.from('not wasm at all')],
    ['the magic number only', proper.subarray(0, 4)],
    ['a truncated module', proper.subarray(0, proper.length - 5)],
    ['a module with a wrong byte', Uint8Array.from(proper, (byte, at) => (at === 8 ? 0x7f : byte))],
  ])('with %s is a LinkError', async (_, bytes) => {
    const error = await loaded(bytes);
    expect(error).toBeInstanceOf(LinkError);
    expect(error).toBeInstanceOf(HsWasmError);
    expect(error.code).toBe('ERR_HS_INVALID_MODULE');
  });

  ours('that is a component is called one', async () => {
    const error = await loaded(component);
    expect(error).toBeInstanceOf(LinkError);
    expect(error).toMatchObject({
      code: 'ERR_HS_INVALID_MODULE',
      message: expect.stringMatching(/component/),
    });
  });

  ours.each([
    ['env', 'mystery'],
    ['wasi_snapshot_preview1', 'fd_nonsense'],
    ['ghc_wasm_jsffi', 'ZC7ZCmainZCMainZC'],
  ])('that imports what nobody gives is told its name: %s.%s', async (module, name) => {
    const error = await loaded(wasm({ imports: [[module, name, 0]] }));
    expect(error).toBeInstanceOf(LinkError);
    expect(error).toMatchObject({ code: 'ERR_HS_UNKNOWN_IMPORT', message: expect.stringContaining(name) });
    expect(error.message).toContain(module);
  });

  const jsffi = (text) =>
    wasm({
      types: [[[], []]],
      imports: [['ghc_wasm_jsffi', 'ZC0ZCmainZCMainZC', 0]],
      custom: [['ghc_wasm_jsffi', Buffer.from(text, 'latin1')]],
    });

  ours.each([
    ['after the name', 'ZC0ZCmainZCMainZC\0'],
    ['after the binder', 'ZC0ZCmainZCMainZC\0()\0'],
    ['in the body', 'ZC0ZCmainZCMainZC\0()\0console.log(1)'],
    ['in a character', 'ZC0ZCmainZCMainZC\0()\0"\xce"\0'],
  ])('whose section of snippets ends %s is a LinkError', async (_, text) => {
    const error = await loaded(jsffi(text));
    expect(error).toBeInstanceOf(LinkError);
    expect(error).toMatchObject({ code: 'ERR_HS_INVALID_MODULE' });
    expect(error.message).toContain('ghc_wasm_jsffi');
  });

  ours.each(['1 +', '$1 // comment', 'await 1'])(
    'with a snippet that is no JavaScript shows it: %s',
    async (body) => {
      const error = await loaded(jsffi(`ZC0ZCmainZCMainZC\0()\0${body}\0`));
      expect(error).toBeInstanceOf(LinkError);
      expect(error.message).toContain(body);
    },
  );

  ours('that is missing is named', async () => {
    const error = await failure(() => engine.load('/no/such/module.wasm'));
    expect(error).toBeInstanceOf(HsWasmError);
    expect(error).toMatchObject({
      code: 'ERR_HS_IO',
      message: expect.stringContaining('/no/such/module.wasm'),
    });
  });

  ours('of the wrong kind is told what to use instead', async () => {
    const asCommand = await failure(() => engine.run(fixture('state')));
    const asReactor = await failure(() => engine.instantiate(fixture('delays-without-jsffi')));
    for (const error of [asCommand, asReactor]) expect(error).toBeInstanceOf(LinkError);
    expect(asCommand).toMatchObject({
      code: 'ERR_HS_MISSING_EXPORT',
      message: expect.stringMatching(/instantiate/),
    });
    expect(asReactor).toMatchObject({ code: 'ERR_HS_MISSING_EXPORT', message: expect.stringMatching(/run/) });
  });
});

describe('a call', () => {
  const bytes = wasm({
    types: [
      [[], []],
      [[I32], []],
      [[I64], [I64]],
      [[], [I32]],
    ],
    imports: [['wasi_snapshot_preview1', 'proc_exit', 1]],
    functions: [
      ['leave', 0, [...code.i32(3), ...code.call(0)]],
      ['same', 2, code.local(0)],
      ['one', 3, code.i32(1)],
      ['trap', 0, code.unreachable],
    ],
  });
  let running;

  beforeEach(async () => {
    running = await engine.instantiate(bytes);
  });

  afterEach(() => running.dispose());

  ours('with a wrong argument for an i64 is a TypeError and harms nothing', async () => {
    const { exports } = running;
    expect(exports.same(-5n)).toBe(-5n);
    for (const wrong of [5, 1.5, undefined, null, Symbol('s')]) {
      expect(await failure(() => exports.same(wrong))).toBeInstanceOf(TypeError);
    }
    expect(exports.same(2n ** 64n)).toBe(0n);
  });

  ours('that leads to proc_exit is an ExitError, and a ClosedError from then on', async () => {
    const { exports } = running;
    expect(exports.one()).toBe(1);
    const exit = await failure(() => exports.leave());
    expect(exit).toBeInstanceOf(engine.ExitError);
    expect(exit).toMatchObject({ code: 'ERR_HS_EXIT', exitCode: 3 });
    const closed = await failure(() => exports.one());
    expect(closed).toBeInstanceOf(engine.ClosedError);
    expect(closed).toMatchObject({ code: 'ERR_HS_CLOSED', message: expect.stringMatching(/exit/) });
  });

  ours('that traps is a TrapError with the trap and its frames', async () => {
    const { exports } = running;
    const error = await failure(() => exports.trap());
    expect(error).toBeInstanceOf(engine.TrapError);
    expect(error).toMatchObject({ code: 'ERR_HS_TRAP', message: expect.stringContaining('unreachable') });
    expect(error.frames[0]).toMatchObject({ index: 4 });
    expect(await failure(() => exports.one())).toMatchObject({ code: 'ERR_HS_CLOSED' });
  });
});

describe('an option', () => {
  ours.each([
    ['preopens', 5],
    ['preopens', { '/data': 5 }],
    ['args', 'text'],
    ['args', [5]],
    ['env', { NAME: 5 }],
    ['rtsOptions', '-s'],
    ['stdin', 5],
    ['stdout', 5],
  ])('of the wrong type is a TypeError that names it: %s = %j', async (option, value) => {
    const error = await failure(() => instance('state', { [option]: value }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE', message: expect.stringContaining(option) });
  });

  ours.each([[undefined], [null], [5], [{}], [{ source: 5 }]])(
    'cannot stand for the input: %j',
    async (input) => {
      for (const entry of [engine.compile, engine.instantiate, engine.run]) {
        const error = await failure(() => entry(input));
        expect(error).toBeInstanceOf(TypeError);
        expect(error.code).toMatch(/^ERR_INVALID_ARG_(TYPE|VALUE)$/);
      }
    },
  );

  ours('for a preopen that does not exist is named', async () => {
    const error = await failure(() => instance('state', { preopens: { '/data': '/no/such/folder' } }));
    expect(error.message).toContain('/no/such/folder');
  });
});
