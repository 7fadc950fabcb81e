'use strict';
// The same modules, the same generated values, on hs-wasm and on V8: the outcomes are the same value by `Object.is`,
// or an error of the same class (the very error, where a conversion threw its own), after the same steps.
//
// Raw: 5 types x 3 roads x 600 values and 1,500 lists of arguments, 10,500 cases. Boxed by Haskell: 19 types x 60 values
// on 3 roads, and what 17 of them refuse on 2, 5,460 cases.

const { engine, fixture, guest, onReference } = require('./support');
const reference = require('./support/reference');
const { Values } = require('./support/values');

const SEED = 20_250_607;
const RAW = 600;
const LISTS = 1500;
const BOXED = 60;

const differential = onReference ? describe.skip : describe;

/** The outcome of `run(log)` as something to compare. */
async function outcome(run) {
  const log = [];
  try {
    return { value: await run(log), log };
  } catch (error) {
    return { error, log };
  }
}

/** In what the outcomes differ, as a list that is empty or has one text. */
function difference(ours, theirs, what) {
  const same =
    Object.is(ours.value, theirs.value) &&
    ours.error?.name === theirs.error?.name &&
    own(ours.error) === own(theirs.error) &&
    JSON.stringify(ours.log) === JSON.stringify(theirs.log);
  return same ? [] : [`${what}: hs-wasm ${show(ours)}, V8 ${show(theirs)}`];
}

/** The message of an error that a conversion method threw. */
const own = (error) => (error && /^of \w+$/.test(error.message) ? error.message : undefined);

const show = ({ value, error, log }) => `${error ?? `${typeof value} ${String(value)}`} after [${log}]`;

/** The raw guest on both: `{ exports, see }`, where `see` is told what imports get. */
async function rawOnV8() {
  const seen = { see: () => {} };
  const see = (...args) => seen.see(...args);
  const get = (f) => f();
  const imports = { seeAll: see };
  for (const type of ['I32', 'I64', 'F32', 'F64', 'Ref']) {
    Object.assign(imports, { [`see${type}`]: see, [`get${type}`]: get });
  }
  const { instance } = await WebAssembly.instantiate(await guest('conversions'), { ghc_wasm_jsffi: imports });
  return Object.assign(seen, { exports: instance.exports });
}

/** Instances of hs-wasm, one after the other: what an import throws ends one. */
class RawOnUs {
  seen = { see: () => {} };
  #module;
  #instance;

  async instance() {
    this.#module ??= await engine.load(await guest('conversions'));
    if (this.#instance === undefined) {
      const imports = { see: (...args) => this.seen.see(...args) };
      this.#instance = await this.#module.instantiate({ imports });
    }
    return this.#instance;
  }

  async renew() {
    await this.#instance?.dispose();
    this.#instance = undefined;
  }
}

const us = new RawOnUs();
let v8;

beforeAll(async () => {
  v8 = await rawOnV8();
});

afterAll(() => us.renew());

/** The differences that `road(side, make, log)` makes, for values of a seed. */
async function compareRaw(seed, road, { fragile = false } = {}) {
  const values = new Values(seed);
  const differences = [];
  for (let n = 0; n < RAW; n += 1) {
    const make = values.next();
    const { exports } = await us.instance();
    const ours = await outcome((log) => road({ exports, seen: us.seen }, make, log));
    const theirs = await outcome((log) => road({ exports: v8.exports, seen: v8 }, make, log));
    differences.push(...difference(ours, theirs, `value ${n} of seed ${seed}`));
    if (fragile && ours.error) await us.renew();
  }
  return differences;
}

/** References have no common value on both sides: each is compared with what was given. */
const identity = (given, got) => (Object.is(given, got) && Object(given) === given ? 'it' : got);

differential.each(['I32', 'I64', 'F32', 'F64', 'Ref'])('%s', (type) => {
  const outOf = type === 'Ref' ? identity : (_, got) => got;

  test('is converted alike as argument of an export and of an import', async () => {
    const road = ({ exports, seen }, make, log) => {
      const given = make(log);
      let got;
      seen.see = (value) => (got = value);
      exports[`argument${type}`](given);
      return outOf(given, got);
    };
    expect(await compareRaw(SEED, road)).toEqual([]);
  });

  test('is converted alike as result of an export', async () => {
    const road = ({ exports }, make, log) => {
      const given = make(log);
      return outOf(given, exports[`echo${type}`](given));
    };
    expect(await compareRaw(SEED + 1, road)).toEqual([]);
  });

  test('is converted alike as result of an import', async () => {
    const road = ({ exports }, make, log) => {
      const given = make(log);
      return outOf(
        given,
        exports[`result${type}`](() => given),
      );
    };
    expect(await compareRaw(SEED + 2, road, { fragile: true })).toEqual([]);
  });
});

differential('a list of arguments', () => {
  test('is converted alike, in its order, when some are missing or too many', async () => {
    const values = new Values(SEED + 3);
    const { exports } = await us.instance();
    const differences = [];
    for (let n = 0; n < LISTS; n += 1) {
      const makes = Array.from({ length: values.below(8) }, () => values.next());
      // Few values are bigints: half of the lists get one in its place, to come beyond it.
      if (makes.length > 1 && n % 2) makes[1] = () => BigInt(n) << 40n;
      const road = (side) => (log) => {
        const given = makes.map((make) => make(log));
        side.seen.see = (...got) => {
          const [fifth] = got.splice(4, 1);
          log.push(...got.map((value) => `${typeof value} ${Object.is(value, -0) ? '-0' : value}`));
          log.push(Object.is(fifth, given[4]));
        };
        return side.exports.all(...given);
      };
      const ours = await outcome(road({ exports, seen: us.seen }));
      const theirs = await outcome(road({ exports: v8.exports, seen: v8 }));
      differences.push(...difference(ours, theirs, `list ${n}`));
    }
    expect(differences).toEqual([]);
  });
});

const NUMBERS =
  'Bool Char Int Int8 Int16 Int32 Int64 Word Word8 Word16 Word32 Word64 Ptr FunPtr StablePtr Float Double'.split(
    ' ',
  );
const TYPES = [...NUMBERS, 'JSVal', 'JSString'];
const RAW_TYPE = { Int64: 'I64', Word64: 'I64', Float: 'F32', Double: 'F64', JSVal: 'Ref', JSString: 'Ref' };

/** Whether wasm takes a value as one of this Haskell type: asked of V8. */
function isTaken(type, value) {
  try {
    v8.exports[`echo${RAW_TYPE[type] ?? 'I32'}`](value);
    return true;
  } catch {
    return false;
  }
}

/** Characters beyond Unicode are undefined behaviour of Haskell. */
const isFit = (type, value) =>
  type !== 'Char' || (v8.exports.echoI32(value) >= 0 && v8.exports.echoI32(value) < 0x110000);

differential('boxed by Haskell', () => {
  const instances = {};

  beforeAll(async () => {
    for (const name of ['types-exports', 'types-sync-imports', 'types-async-imports']) {
      const module = await engine.compile(fixture(name));
      instances[name] = {
        ours: await module.instantiate(),
        theirs: await reference.instantiate(Buffer.from(module.wasm)),
      };
    }
  });

  afterAll(() => Promise.all(Object.values(instances).map(({ ours }) => ours.dispose())));

  /** The differences that `road(exports, value)` makes, for values that wasm takes or for those that it refuses. */
  async function compareBoxed(name, type, seed, taken, road) {
    const { ours, theirs } = instances[name];
    const values = new Values(seed);
    const differences = [];
    for (let n = 0; n < BOXED;) {
      const given = values.next()([]);
      if (isTaken(type, given) !== taken || (taken && !isFit(type, given))) continue;
      n += 1;
      const one = await outcome(() => road(ours.exports, given));
      const other = await outcome(() => road(theirs.exports, given));
      differences.push(...difference(one, other, `${type}, value ${n} of seed ${seed}`));
    }
    return differences;
  }

  test.each(TYPES)('%s is the same as argument and result of exports', async (type) => {
    const echo = (exports, given) => exports[`echo${type}`](given);
    expect(await compareBoxed('types-exports', type, SEED + 4, true, echo)).toEqual([]);
  });

  test.each(NUMBERS)('%s refuses the same', async (type) => {
    const echo = (exports, given) => exports[`echo${type}`](given);
    expect(await compareBoxed('types-exports', type, SEED + 5, false, echo)).toEqual([]);
  });

  test.each(['sync', 'async'])(
    'every type is the same as argument and result of %s imports',
    async (kind) => {
      for (const type of TYPES) {
        const road = async (exports, given) => {
          let seen;
          const got = await exports[`via${type}`]((...args) => {
            [seen] = args;
            return given;
          }, given);
          return Object.is(seen, got) ? got : `${String(seen)}, then ${String(got)}`;
        };
        expect(await compareBoxed(`types-${kind}-imports`, type, SEED + 6, true, road)).toEqual([]);
      }
    },
  );

  test.each(NUMBERS)('what %s refuses as the result of an async import is a JSException', async (type) => {
    const { ours } = instances['types-async-imports'];
    const values = new Values(SEED + 7);
    const fit = /64/.test(type) ? 1n : 1;
    for (let n = 0; n < BOXED;) {
      const make = values.next();
      const theirs = await outcome((log) => v8.exports[`echo${RAW_TYPE[type] ?? 'I32'}`](make(log)));
      if (theirs.error === undefined) continue;
      n += 1;
      const log = [];
      const { error } = await outcome(() => ours.exports[`via${type}`](() => make(log), fit));
      expect(error?.message).toContain(`JSException "${theirs.error.name}`);
      expect(error.cause.name).toBe(theirs.error.name);
      // A promise looks for a `then` in what it is resolved with.
      expect(log.filter((step) => step !== 'get then')).toEqual(theirs.log);
    }
  });
});
