'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { inspect } = require('node:util');
const errors = require('../lib/errors.js');

const { fromRecord, wrap } = errors;

/** Every code that `src/error.rs` can send, with the class that its doc comment promises. */
function codesOfRust() {
  const rust = fs.readFileSync(path.join(__dirname, '..', 'src', 'error.rs'), 'utf8');
  return [...rust.matchAll(/Becomes `(\w+)`, `(\w+)`/g)].map(([, className, code]) => [code, className]);
}

test.each(codesOfRust())('%s becomes a %s of this realm', (code, className) => {
  const error = fromRecord({ code, message: 'what happened' });
  expect(error).toBeInstanceOf(Error);
  expect(error).toBeInstanceOf(className === 'TypeError' ? TypeError : errors[className]);
  expect(error).toMatchObject({ name: className, code, message: 'what happened' });
  expect(Object.prototype.toString.call(error)).toBe('[object Error]');
  expect(error.stack.split('\n')[0]).toBe(`${className} [${code}]: what happened`);
});

test('there is a class for every code of the core, and no other code', () => {
  const ofRust = codesOfRust().map(([code]) => code);
  const plain = ['ERR_INVALID_ARG_VALUE'];
  expect([...errors.CODES, ...plain].sort()).toEqual(ofRust.sort());
});

test('all classes extend HsWasmError', () => {
  const classes = Object.values(errors).filter((value) => value.prototype instanceof Error);
  expect(classes.length).toBe(9);
  for (const Class of classes) {
    expect(Class === errors.HsWasmError || Class.prototype instanceof errors.HsWasmError).toBe(true);
  }
});

test('a compile error has the diagnostics, and prints them once', () => {
  const diagnostic = {
    file: 'Main.hs',
    line: 3,
    column: 5,
    severity: 'error',
    code: 'GHC-83865',
    message: 'no',
  };
  const error = fromRecord({
    code: 'ERR_HS_COMPILE',
    message: 'Main.hs:3:5: error: no',
    diagnostics: [diagnostic],
    stderr: 'what GHC printed',
  });
  expect(error.diagnostics).toEqual([diagnostic]);
  expect(error.stderr).toBe('what GHC printed');
  expect(inspect(error)).toContain('GHC-83865');
  expect(inspect(error)).not.toContain('what GHC printed');
});

test('exit and limit errors have their number and name', () => {
  expect(fromRecord({ code: 'ERR_HS_EXIT', message: 'x', exitCode: 200 }).exitCode).toBe(200);
  expect(fromRecord({ code: 'ERR_HS_LIMIT', message: 'x', limit: 'fuel' }).limit).toBe('fuel');
});

test("a trap's frames stand before JavaScript's, as V8 writes them", () => {
  const frames = [
    { function: 'Main.fib', index: 12, offset: 0x1a2b },
    { function: null, index: 7, offset: 16 },
    { function: 'stg_ap_v_fast', index: 3, offset: null },
  ];
  const record = { code: 'ERR_HS_TRAP', message: 'un\nreachable', trap: 'UnreachableCodeReached', frames };
  const error = fromRecord(record);
  expect(error.trap).toBe('UnreachableCodeReached');
  expect(error.frames).toEqual(frames);
  const lines = error.stack.split('\n');
  expect(lines.slice(0, 5)).toEqual([
    'TrapError [ERR_HS_TRAP]: un',
    'reachable',
    '    at Main.fib (wasm-function[12]:0x1a2b)',
    '    at wasm-function[7]:0x10',
    '    at stg_ap_v_fast (wasm-function[3])',
  ]);
  expect(lines[5]).toMatch(/^ {4}at .*errors\.test\.js:/);
});

test('an abort has the reason of the signal as its cause', () => {
  const reason = new Error('enough');
  const error = fromRecord({ code: 'ABORT_ERR', message: 'the operation was aborted' }, { cause: reason });
  expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' });
  expect(error.cause).toBe(reason);
  expect('cause' in fromRecord({ code: 'ERR_HS_IO', message: 'x' })).toBe(false);
});

test('what is expected passes wrap() unchanged', () => {
  const ours = fromRecord({ code: 'ERR_HS_CLOSED', message: 'x' });
  const argument = fromRecord({ code: 'ERR_INVALID_ARG_VALUE', message: 'x' });
  expect(wrap(ours)).toBe(ours);
  expect(wrap(argument)).toBe(argument);
});

test.each([
  [new Error('boom'), 'boom'],
  [Object.assign(new Error('boom'), { code: 'GenericFailure' }), 'GenericFailure: boom'],
  ['text', "'text'"],
  [undefined, 'undefined'],
  [null, 'null'],
  [{ strange: Symbol('thing') }, '{ strange: Symbol(thing) }'],
])('%p is an internal error with the value as its cause', (value, text) => {
  const error = wrap(value);
  expect(error).toBeInstanceOf(errors.HsWasmError);
  expect(error.code).toBe('ERR_HS_INTERNAL');
  expect(error.message).toBe(`internal error, please report: ${text}`);
  expect(error.cause).toBe(value);
});

test.each([[null], [{}], [{ code: 'ERR_HS_JS_THROW', message: 'x' }], [{ code: 'toString', message: 'x' }]])(
  'the record %p is an internal error',
  (record) => {
    expect(fromRecord(record).code).toBe('ERR_HS_INTERNAL');
  },
);
