'use strict';
// Guests in the WebAssembly text format, for what no compiler here makes. A comment after an import from
// `ghc_wasm_jsffi` is its snippet, `;; ($1,$2) => $1 + $2`, and becomes a record of the section of that name,
// as GHC writes it.

const fs = require('node:fs');
const path = require('node:path');
const wabt = require('wabt');

const folder = path.join(__dirname, '..', 'guests');
const features = { reference_types: true, tail_call: true, bulk_memory: true, sign_extension: true };
const JSFFI = 'ghc_wasm_jsffi';

const assembled = new Map();

/** LEB128 of a number that is not negative. */
const leb = (n) => (n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...leb(n >>> 7)]);

/** The custom section with the snippets in the comments of `text`; nothing if there are none. */
function section(text) {
  const imports = text.matchAll(
    new RegExp(String.raw`\(import "${JSFFI}" "(\w+)".*;; ((?:async )?\([^)]*\)) => (.*)$`, 'gm'),
  );
  const strings = [...imports].flatMap(([, name, binder, body]) => [name, binder, body]);
  if (strings.length === 0) return [];
  const content = Buffer.concat([
    Buffer.from([JSFFI.length, ...Buffer.from(JSFFI)]),
    Buffer.from(strings.map((string) => `${string}\0`).join('')),
  ]);
  return [0, ...leb(content.length), ...content];
}

/** The bytes of the module in `text`. */
async function assemble(text, name = 'guest.wat') {
  const { parseWat } = await wabt();
  const parsed = parseWat(name, text, features);
  try {
    parsed.validate(features);
    const { buffer } = parsed.toBinary({ write_debug_names: true });
    return Buffer.concat([buffer, Buffer.from(section(text))]);
  } finally {
    parsed.destroy();
  }
}

/** The bytes of `guests/<name>.wat`. */
function guest(name) {
  if (!assembled.has(name)) {
    const file = path.join(folder, `${name}.wat`);
    assembled.set(name, assemble(fs.readFileSync(file, 'utf8'), path.basename(file)));
  }
  return assembled.get(name);
}

module.exports = { assemble, guest };
