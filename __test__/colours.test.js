'use strict';
// Colours of the command line: only on terminals that have them.

const { coloured, hasColours } = require('../bin/colours.js');

const terminal = { isTTY: true, hasColors: () => true };

afterEach(() => delete process.env.NO_COLOR);

test('a terminal that has colours shows them', () => {
  expect(hasColours(terminal)).toBe(true);
  expect(coloured(terminal, 'red', 'hs-wasm:')).toBe('\x1b[31mhs-wasm:\x1b[39m');
});

test.each([
  ['a file or a pipe', {}],
  ['a terminal without them', { isTTY: true, hasColors: () => false }],
])('%s does not', (_, stream) => {
  expect(coloured(stream, 'red', 'hs-wasm:')).toBe('hs-wasm:');
});

test('who wants none gets none', () => {
  process.env.NO_COLOR = '1';
  expect(coloured(terminal, 'green', 'ok')).toBe('ok');
});
