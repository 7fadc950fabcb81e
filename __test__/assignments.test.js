'use strict';
// Imports whose calls may be made later than Haskell makes them. Nobody may be able to tell.

const { Writable } = require('node:stream');
const { failure, instance } = require('./support');

afterEach(() => {
  delete globalThis.assigned;
});

const upTo = (n) => Array.from({ length: n }, (_, k) => k + 1);

describe('an assignment', () => {
  test('has been made when the export has returned, however many there were', async () => {
    const { exports } = await instance('assignments');
    for (const n of [1, 2, 3, 300, 5000]) {
      await exports.assignUpTo(n);
      expect(globalThis.assigned).toBe(n);
    }
  });

  test.each([1, 2, 7, 1000])('has been made when other JavaScript runs, every %i', async (step) => {
    const { exports } = await instance('assignments');
    const seen = [];
    await exports.tellEach((k) => seen.push([k, globalThis.assigned]), step, 5000);
    expect(seen).toEqual(upTo(5000 / step).map((k) => [k * step, k * step]));
  });

  test('calls a setter for each value from when there is one', async () => {
    const { exports } = await instance('assignments');
    const set = [];
    const setter = (value) => {
      set.push(value);
    };
    const define = (k) =>
      k === 10 && Object.defineProperty(globalThis, 'assigned', { set: setter, configurable: true });
    await exports.tellEach(define, 5, 30);
    expect(set).toEqual(upTo(20).map((k) => k + 10));
  });

  test('that a setter refuses fails there', async () => {
    const { exports } = await instance('assignments');
    const refusal = new Error('only up to 17');
    const told = [];
    const set = (value) => {
      if (value > 17) throw refusal;
    };
    const tell = (k) => {
      told.push(k);
      if (k === 10) Object.defineProperty(globalThis, 'assigned', { set, configurable: true });
    };
    expect(await failure(async () => exports.tellEach(tell, 1, 30))).toBe(refusal);
    expect(told).toEqual(upTo(17));
  });

  test('to what may not be written fails', async () => {
    const { exports } = await instance('assignments');
    globalThis.assigned = 0;
    const freeze = () =>
      Object.defineProperty(globalThis, 'assigned', { value: 4, writable: false, configurable: true });
    const error = await failure(async () => exports.tellEach(freeze, 4, 30));
    expect(error.name).toBe('TypeError');
    expect(globalThis.assigned).toBe(4);
  });

  test('comes before the output that follows it, and after the output before it', async () => {
    const seen = [];
    const stdout = new Writable({
      write(bytes, _, done) {
        for (const line of String(bytes).trim().split('\n')) seen.push([Number(line), globalThis.assigned]);
        done();
      },
    });
    const { exports } = await instance('assignments', { stdout });
    await exports.printing(20);
    expect(seen).toEqual(upTo(20).map((k) => [k, k]));
  });

  test('goes to the field of the right object', async () => {
    const { exports } = await instance('assignments');
    const [a, b] = [{ x: 0 }, { x: 0, y: 1 }];
    await exports.fields(a, b, 1234);
    expect([a, b]).toEqual([{ x: 1234 }, { x: 1230, y: 1 }]);
  });

  test('to a field with a setter, or of a proxy, is seen each time', async () => {
    const { exports } = await instance('assignments');
    const seen = [];
    const a = { set x(value) { seen.push(['setter', value]); } }; // prettier-ignore
    const b = new Proxy({ x: 0 }, { set: (_, name, value) => seen.push([name, value]) > 0 });
    await exports.fields(a, b, 20);
    const expected = upTo(20).flatMap((k) => (k % 10 === 0 ? [['setter', k], ['x', k]] : [['setter', k]])); // prettier-ignore
    expect(seen).toEqual(expected);
  });

  test.each([
    ['an array', (n) => Array.from({ length: n }, () => 0)],
    ['a typed array', (n) => new Float32Array(n)],
    ['too short a typed array', () => new Float64Array(3)],
  ])('fills %s', async (_, make) => {
    const { exports } = await instance('assignments');
    const array = make(500);
    const same = make(500);
    for (let k = 0; k < 500; k += 1) same[k] = k / 2;
    await exports.elements(array, 500);
    expect(array).toEqual(same);
  });

  test('through a view of the guest’s memory is seen by Haskell at once', async () => {
    const { exports } = await instance('assignments');
    expect(await exports.throughMemory(100)).toBe(4950);
  });
});

test('an object that Haskell makes is a new one each time, with what it was made of', async () => {
  const { exports, stats } = await instance('assignments');
  const array = [];
  await exports.records(array, 2000);
  expect(array.map(({ n }) => n)).toEqual(upTo(2000));
  expect(array.every((one) => one.of === array)).toBe(true);
  expect(new Set(array).size).toBe(2000);
  // Those that are left are the promises of exports, until Haskell collects its garbage.
  expect(stats?.().jsvals ?? 0).toBeLessThan(100);
});
