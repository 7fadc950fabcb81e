'use strict';
// Calls that the guest itself takes note of, on whatever thread it runs: those of `assignments.test.js` from close by.

const { engine, failure, guestInstance, instance, ours } = require('./support');
const { guest } = require('./support/guests');

afterEach(() => {
  delete globalThis.assigned;
});

const upTo = (n) => Array.from({ length: n }, (_, k) => k + 1);

describe.each(['auto', 'main', 'worker'])('with thread: %p', (thread) => {
  test.each([1, 7, 400])('assignments have been made when JavaScript runs, every %i', async (step) => {
    const { exports } = await instance('assignments', { thread });
    const seen = [];
    await exports.tellEach((k) => seen.push([k, globalThis.assigned]), step, 1000);
    expect(seen).toEqual(upTo(Math.floor(1000 / step)).map((k) => [k * step, k * step]));
    await exports.assignUpTo(1234);
    expect(globalThis.assigned).toBe(1234);
  });

  test('a setter that comes in between gets what is assigned from then on', async () => {
    const { exports } = await instance('assignments', { thread });
    const set = [];
    const setter = (value) => set.push(value);
    const define = (k) =>
      k === 20 && Object.defineProperty(globalThis, 'assigned', { set: setter, configurable: true });
    await exports.tellEach(define, 20, 30);
    expect(set).toEqual(upTo(10).map((k) => k + 20));
  });
});

test('other JavaScript sees assignments in their order while the guest moves between threads', async () => {
  const { exports } = await instance('assignments', { sliceMs: 1 });
  const seen = [];
  let done = false;
  const look = () => {
    seen.push(globalThis.assigned ?? 0);
    if (!done) setImmediate(look);
  };
  setImmediate(look);
  await exports.assignUpTo(300_000);
  done = true;
  expect(globalThis.assigned).toBe(300_000);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
});

test('instances by turns, and within each other, keep theirs apart', async () => {
  const [outer, inner] = [await guestInstance('queue'), await guestInstance('queue')];
  const seen = [];
  for (let turn = 0; turn < 3; turn += 1) {
    outer.exports.tellAfter((k) => {
      seen.push(k, globalThis.assigned);
      inner.exports.upTo(k + 1);
      seen.push(globalThis.assigned);
    }, 500);
    seen.push(globalThis.assigned);
  }
  expect(seen).toEqual(upTo(3).flatMap(() => [500, 500, 501, -500]));
});

test('a call of the guest that is calling makes what was asked for before first', async () => {
  const { exports } = await guestInstance('queue');
  const seen = [];
  const tell = (k) => {
    seen.push(globalThis.assigned);
    exports.upTo(k - 1);
    seen.push(globalThis.assigned);
    if (k > 397) exports.tellAfter(tell, k - 1);
    seen.push(globalThis.assigned);
  };
  exports.tellAfter(tell, 399);
  expect(seen).toEqual([399, 398, 398, 397, 397, 396, 396, -397, -398]);
  expect(globalThis.assigned).toBe(-399);
});

test.each([170, 511, 1530])('a trap after %i assignments takes none back', async (count) => {
  const { exports } = await guestInstance('queue');
  const error = await failure(async () => exports.trapAfter(count));
  expect(error.trap).toBe('UnreachableCodeReached');
  expect(globalThis.assigned).toBe(count);
});

test.each([1, 341, 5000])('disposing of it after %i assignments takes none back', async (count) => {
  const made = await guestInstance('queue');
  const told = [];
  const error = await failure(async () =>
    made.exports.tellAfter(() => {
      made.dispose();
      told.push(globalThis.assigned);
    }, count),
  );
  expect(error).toMatchObject({ code: 'ERR_HS_CLOSED' });
  expect(told).toEqual([count]);
  expect(globalThis.assigned).toBe(count);
});

test('what JavaScript throws comes after what was asked for before', async () => {
  const { exports } = await guestInstance('queue');
  const thrown = new Error('enough');
  const throws = () => {
    throw thrown;
  };
  expect(await failure(async () => exports.tellAfter(throws, 700))).toBe(thrown);
  expect(globalThis.assigned).toBe(700);
});

test('numbers of every type arrive as they are', async () => {
  const values = [];
  const set = (value) => values.push(value);
  Object.defineProperty(globalThis, 'assigned', { set, configurable: true });
  const { exports } = await guestInstance('queue');
  exports.types(2);
  delete globalThis.assigned;
  expect(values).toEqual([-1, -2n, 0.5, 0.1, -1, -2n, 0.5, 0.1]);
  exports.types(200);
  expect(globalThis.assigned).toBe(0.1);
});

test.each([1, 2, 3, 254, 255, 256, 341, 342, 1000])(
  'what the host takes note of comes after what the guest has, %i times',
  async (count) => {
    const { exports } = await guestInstance('queue');
    const object = { x: 0 };
    exports.mixed(object, count, 0);
    expect(object.x).toBe(1);
    exports.mixed(object, count, 1);
    expect(object.x).toBe(-2);
  },
);

test('a grant for an object is not one for what gets its key', async () => {
  const { exports } = await guestInstance('queue');
  const set = [];
  const [one, other] = [{ x: 0 }, { set x(value) { set.push(value); } }]; // prettier-ignore
  exports.toFreed(one, other, 0);
  expect([one.x, set]).toEqual([2, [3, 4]]);
});

ours('a value that was freed is assigned to no more, granted or not', async () => {
  const { exports } = await guestInstance('queue');
  const [one, other] = [{ x: 0 }, { x: 0 }];
  const error = await failure(async () => exports.toFreed(one, other, 1));
  expect(error.message).toMatch(/this JSVal was freed before.*\$1\.x = \$2/);
  expect([one.x, other.x]).toEqual([2, 4]);
});

ours('the memory of the queue is nobody’s business', async () => {
  const module = await engine.load(await guest('queue'));
  const made = await module.instantiate({ memoryLimitBytes: 65_536 });
  try {
    expect(made.memory.buffer.byteLength).toBe(65_536);
    expect(made.stats().memoryBytes).toBe(65_536);
    const names = Object.keys(made.rawExports).concat(module.exports.map(({ name }) => name));
    expect(names.filter((name) => name.startsWith('\u0001'))).toEqual([]);
  } finally {
    await made.dispose();
  }
});
