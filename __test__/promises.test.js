'use strict';
// Haskell threads that wait for JavaScript's promises.

const { failure, instance, ours } = require('./support');

const after = (ms, value) => new Promise((resolve) => setTimeout(resolve, ms, value));

/** `f(n)` resolves to n; `most` is how many calls waited at the same time. */
function watched() {
  let waiting = 0;
  const f = async (n) => {
    waiting += 1;
    f.most = Math.max(f.most, waiting);
    await after(1);
    waiting -= 1;
    return n;
  };
  f.most = 0;
  return f;
}

describe('a promise', () => {
  test.each([
    ['a value that is no promise', 'plain'],
    ['a resolved promise', Promise.resolve('plain')],
    ['a promise of a promise', Promise.resolve(Promise.resolve('plain'))],
    ['a thenable', { then: (resolve) => resolve('plain') }],
  ])('may be %s', async (_, value) => {
    const { exports } = await instance('import-safety');
    expect(await exports.viaSafe(() => value)).toBe('plain');
  });

  test('is started by the call and awaited by its first use', async () => {
    const { exports } = await instance('promises');
    const [together, apart] = [watched(), watched()];
    expect(await exports.parallel(together, 20)).toBe(210);
    expect(together.most).toBe(20);
    expect(await exports.sequential(apart, 20)).toBe(210);
    expect(apart.most).toBe(1);
  });

  test('blocks the thread that waits for it, and no other', async () => {
    const { exports } = await instance('promises');
    const release = {};
    const gates = (n) => new Promise((resolve) => (release[n] = () => resolve(n)));
    const results = exports.threads(gates, 3);
    for (const n of [2, 3, 1]) {
      await after(1);
      release[n]();
    }
    expect(await results).toBe('[2,3,1]');
    expect(await exports.busyMeanwhile(async () => 9)).toBe(9);
  });

  test('may be one of ten thousand', async () => {
    const { exports } = await instance('promises');
    expect(await exports.parallel(async (n) => after(0, n), 10_000)).toBe(50_005_000);
  });

  ours('that resolves to what cannot be converted is a JSException', async () => {
    const { exports } = await instance('promises');
    expect(await exports.int64OrFailure(async () => 5n)).toBe('5');
    expect(await exports.int64OrFailure(async () => 5)).toMatch(/^JSException "TypeError/);
    expect(await exports.int64OrFailure(async () => undefined)).toMatch(/^JSException "TypeError/);
  });

  ours('that never settles rejects with the instance that waits for it', async () => {
    const waiting = await instance('promises');
    const call = failure(() => waiting.exports.parallel(() => new Promise(() => {}), 1));
    await after(1);
    await waiting.dispose();
    expect(await call).toMatchObject({ code: 'ERR_HS_CLOSED' });
  });
});
