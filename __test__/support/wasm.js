'use strict';
// A small encoder of wasm modules, for modules that no compiler would make.

const I32 = 0x7f;
const I64 = 0x7e;

/** LEB128 of a number that is not negative. */
function leb(n) {
  return n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...leb(n >>> 7)];
}

const vector = (items) => [...leb(items.length), ...items.flat()];
const bytes = (list) => [...leb(list.length), ...list];
const name = (text) => bytes([...Buffer.from(text)]);
const section = (id, content) => [id, ...bytes(content)];

const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/**
 * A module with one memory, exported as `memory`.
 * - `types`: `[parameters, results]` of each function type
 * - `imports`: `[module, name, type index]`
 * - `functions`: `[export name, type index, code without its end]`
 * - `custom`: `[section name, bytes]`
 */
function wasm({ types = [[[], []]], imports = [], functions = [], custom = [] } = {}) {
  const exported = functions.map(([text], at) => [...name(text), 0x00, ...leb(imports.length + at)]);
  return Uint8Array.from([
    ...header,
    ...custom.flatMap(([title, content]) => section(0, [...name(title), ...content])),
    ...section(1, vector(types.map(([from, to]) => [0x60, ...bytes(from), ...bytes(to)]))),
    ...section(
      2,
      vector(imports.map(([from, text, type]) => [...name(from), ...name(text), 0x00, ...leb(type)])),
    ),
    ...section(3, vector(functions.map(([, type]) => leb(type)))),
    ...section(5, vector([[0x00, 0x01]])),
    ...section(7, vector([...exported, [...name('memory'), 0x02, 0x00]])),
    ...section(10, vector(functions.map(([, , code]) => bytes([0x00, ...code, 0x0b])))),
  ]);
}

/** A module of the component model: the same magic, another version and layer. */
const component = Uint8Array.from([...header.slice(0, 4), 0x0d, 0x00, 0x01, 0x00]);

/** The instructions that the specs use. */
const code = {
  unreachable: [0x00],
  call: (index) => [0x10, ...leb(index)],
  local: (index) => [0x20, ...leb(index)],
  /** A constant below 64, so that its signed LEB128 is one byte. */
  i32: (n) => [0x41, n],
};

module.exports = { I32, I64, code, component, wasm };
