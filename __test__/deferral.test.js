'use strict';
// Which calls of snippets may be made later, by the text of the snippet and by what it uses.

const { ours } = require('./support');
const { deferral } = require('../lib/deferral.js');

const EXPORTS = 'ZC1ZCghczminternalZCGHCziInternalziWasmziPrimziExportsZC';
const world = { imports: {}, glue: null, isOfGuest: () => false };

/** What is decided of a snippet with these parameters. */
function decided(body, params, results = [], { name = 'ZC1ZCmainZCMainZC', isAsync = false, ...more } = {}) {
  const binder = `(${params.map((_, n) => `$${n + 1}`)})`;
  return deferral({ name, binder, body, params, results, isAsync }, { ...world, ...more });
}

const [value, number] = ['externref', 'i32'];

ours.each([
  ['({ n: $1, of: $2 })', [number, value], [value]],
  ['[$1, $2,]', ['f64', 'i64'], [value]],
  ['{}', [], [value]],
])('%s is made later', (body, params, results) => {
  expect(decided(body, params, results).mode).toBe(1);
});

ours.each([
  ['console.log($1)', [number], []],
  ['$1.push($2)', [value, number], []],
  ['$1.n', [value], [value]],
  ['({ n: $1() })', [value], [value]],
  ['({ __proto__: $1 })', [value], [value]],
  ['({ n: $1 }); f()', [value], [value]],
  ['globalThis.a.b = $1', [number], []],
  ['globalThis.a = $1', [value], []],
  ['globalThis.a = $1', [number], [value]],
  ['a = $1', [number], []],
  ['$1.length = $2', [value, number], []],
  ['$1.__proto__ = $2', [value, number], []],
  ['$1[$2] = $3', [value, value, number], []],
  ['$1[$2] = $3', [value, number, value], []],
  ['$1[$2] = $3', [value, number, 'i64'], []],
  ['$1.resolve($2)', [value, number], []],
  ['$1.then(res => __exports.rts_promiseResolveInt($2, res), err => __exports.rts_promiseReject($2, err))', [value, number], []], // prettier-ignore
])('%s of a user’s is done at once', (body, params, results) => {
  expect(decided(body, params, results).mode).toBe(0);
});

ours(
  'an export’s promise is settled later with a number, and at once with a value that may be thenable',
  () => {
    expect(decided('$1.resolve($2)', [value, number], [], { name: EXPORTS }).mode).toBe(1);
    expect(decided('$1.resolve()', [value], [], { name: EXPORTS }).mode).toBe(1);
    expect(decided('$1.resolve($2)', [value, value], [], { name: EXPORTS }).mode).toBe(0);
  },
);

ours('a global is ours unless imports or a glue bring another', () => {
  expect(decided('globalThis.a = $1', [number]).mode).toBe(2);
  expect(decided('globalThis.a = $1', [number], [], { imports: { globalThis: {} } }).mode).toBe(0);
  expect(decided('globalThis.a = $1', [number], [], { glue: {} }).mode).toBe(0);
});

ours('a field is looked at each time', () => {
  const { mode, test: looks } = decided('$2.x = $1', ['f64', value]);
  expect(mode).toBe(4);
  const frozen = Object.freeze({ x: 1 });
  const setter = { set x(_) {} }; // prettier-ignore
  const objects = [{ x: 1 }, {}, frozen, setter, new Proxy({ x: 1 }, {}), null, 5, Object.create({ x: 1 })];
  expect(objects.map((object) => looks(0.5, object))).toEqual([true, ...Array(7).fill(false)]);
});

ours('only typed arrays whose bytes nobody else has are stored into later', () => {
  const guest = new ArrayBuffer(8);
  const isOfGuest = (buffer) => buffer === guest;
  const { mode, test: looks } = decided('$1[$2] = $3', [value, number, 'f64'], [], { isOfGuest });
  expect(mode).toBe(3);
  const arrays = [
    new Float64Array(1),
    new Uint8ClampedArray(1),
    new Uint8Array(guest),
    new Int32Array(new SharedArrayBuffer(8)),
    new BigInt64Array(1),
    [0],
    { 0: 0 },
  ];
  expect(arrays.map((array) => looks(array, 0, 0.5))).toEqual([true, true, ...Array(5).fill(false)]);
});

ours('what is looked at for nothing is looked at no more, until it was useful', () => {
  const { test: looks } = decided('$1.x = $2', [value, number]);
  const object = { x: 0 };
  const seen = Array.from({ length: 100 }, () => looks(object, 1));
  expect(seen.at(0)).toBe(true);
  expect(seen.at(-1)).toBe(false);
  looks.useful();
  expect(looks(object, 1)).toBe(true);
});
