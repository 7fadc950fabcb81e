'use strict';
/**
 * Functions that cross: exports as JavaScript functions, snippets as functions that native code can call.
 *
 * Arguments and results pass through *cells* of 8 bytes (Note [The hot road] in `src/node/mod.rs`), seen here as
 * typed arrays, whose stores convert as the WebAssembly JavaScript API prescribes (ToInt32, ToNumber, ToBigInt64,
 * TypeErrors included). A JavaScript value passes as a key: the value itself is in the instance's array `values`.
 *
 * The functions are made by code generation, once for each signature: a loop over types would cost more than the call.
 */

const { binding } = require('./native.js');

const LAYOUT = binding.layout();
const { firstArg: FIRST, slotMask: MASK, status: STATUS, block: BLOCK } = LAYOUT;

/** The cells of one instance, wide enough for functions of `width` parameters. */
class Cells {
  constructor(width) {
    this.buffer = new ArrayBuffer((FIRST + width + 2) * 8);
    this.i32 = new Int32Array(this.buffer);
    this.i64 = new BigInt64Array(this.buffer);
    this.f32 = new Float32Array(this.buffer);
    this.f64 = new Float64Array(this.buffer);
  }
}

/** How the value in argument cell `n` is written in JavaScript. */
const PLACE = {
  i32: (n) => `i32[${2 * (FIRST + n)}]`,
  f32: (n) => `f32[${2 * (FIRST + n)}]`,
  i64: (n) => `i64[${FIRST + n}]`,
  f64: (n) => `f64[${FIRST + n}]`,
  externref: (n) => `values[i32[${2 * (FIRST + n)}] & ${MASK}]`,
};

const made = new Map();

/** Makes `function (…names) { body }` in this realm, once for each text. */
function generate(names, body) {
  const text = `${names}|${body}`;
  let generated = made.get(text);
  if (generated === undefined) {
    generated = new Function(...names, `"use strict"; ${body}`);
    made.set(text, generated);
  }
  return generated;
}

/**
 * A function without arguments that reads the arguments of `snippet` from the cells, calls it and writes its
 * result. The place of the result is read before the call: a nested call uses the same cells.
 */
function shim(cells, values, { params, results }, snippet) {
  const args = params.map((type, n) => PLACE[type](n)).join(', ');
  const [result] = results;
  const body =
    result === undefined
      ? `snippet(${args});`
      : result === 'externref'
        ? `${PLACE.externref(params.length)} = snippet(${args});`
        : `${PLACE[result](0)} = snippet(${args});`;
  const make = generate(
    ['cells', 'values', 'snippet'],
    `const { i32, i64, f32, f64 } = cells; return () => { ${body} };`,
  );
  return make(cells, values, snippet);
}

/** What an argument is made into before anything else happens: conversions may run code of the caller's. */
const CONVERT = {
  i32: (name) => `if (typeof ${name} !== 'number') ${name} = +${name};`,
  f32: (name) => `if (typeof ${name} !== 'number') ${name} = +${name};`,
  f64: (name) => `if (typeof ${name} !== 'number') ${name} = +${name};`,
  i64: (name) => `if (typeof ${name} !== 'bigint') ${name} = toBigInt(${name});`,
  externref: () => '',
};

const scratch = new BigInt64Array(1);
function toBigInt(value) {
  scratch[0] = value;
  return scratch[0];
}

/**
 * The JavaScript function of an export.
 *
 * @param {import('./runtime.js').Runtime} runtime
 * @param {number} index of the export
 * @param {{ params: string[], results: string[] }} signature
 * @param {'promise' | 'value' | 'nothing'} kind what the caller gets when the guest waits, or is waiting in another call:
 *   a promise; a value, for which the thread waits; or nothing, the call being done later
 */
function exportFunction(runtime, index, { params, results }, kind) {
  const [result] = results;
  if ([...params, ...results].includes('other') || results.length > 1) {
    return () => {
      throw new TypeError('type incompatible when transforming from/to JS');
    };
  }
  const names = params.map((_, n) => `a${n}`);
  const convert = params.map((type, n) => CONVERT[type](names[n])).join(' ');
  const keys = params.map((type, n) => (type === 'externref' ? `const k${n} = runtime.key();` : '')).join(' ');
  const write = params
    .map((type, n) =>
      type === 'externref'
        ? `values[k${n} & ${MASK}] = a${n}; i32[${2 * (FIRST + n)}] = k${n};`
        : `${PLACE[type](n)} = a${n};`,
    )
    .join(' ');
  const read = result === undefined ? 'undefined' : PLACE[result](0);
  const number = kind === 'value' ? (index | BLOCK) >>> 0 : index;
  const make = generate(
    ['runtime', 'number', 'cells', 'values', 'toBigInt'],
    `
    const { i32, i64, f32, f64 } = cells;
    const read = () => ${read};
    const call = (${names}) => {
      ${convert}
      if (!runtime.ready) return runtime.later('${kind}', call, [${names}]);
      let status;
      try {
        ${keys}
        ${write}
        status = runtime.enter(number);
      } catch (error) {
        return runtime.thrown('${kind}', error);
      }
      if (status !== undefined) return runtime.unfinished('${kind}', status, read);
      const result = read();
      if (i32[0] !== 0) runtime.tidy();
      return result;
    };
    return call;`,
  );
  return make(runtime, number, runtime.cells, runtime.values, toBigInt);
}

module.exports = { Cells, shim, exportFunction, LAYOUT, MASK, STATUS, FIRST };
