'use strict';
// Time and chance that are given: clocks that a test moves, and bytes that follow from a seed.

const { PassThrough } = require('node:stream');
const { failure, instance, ours, sink, until } = require('./support');
const { cGuest } = require('./support/c');
const { ERRNO, OUT, preview1, runCalls } = require('./support/preview1');
const { ManualClock, run } = require('..');

const THEN = Date.UTC(2020, 0, 2, 3, 4, 5, 678);
const HOUR = 3_600_000;

describe('a ManualClock', () => {
  test('stands still until it is moved', () => {
    const clock = new ManualClock({ now: new Date(THEN) });
    expect(clock.now()).toBe(THEN);
    clock.advance(1.5);
    expect(clock.now()).toBe(THEN + 1.5);
    clock.set(1000);
    expect(clock.now()).toBe(1000);
    expect(new ManualClock().now()).toBe(0);
  });

  test.each([
    [
      () => new ManualClock({ now: 'today' }),
      /^ManualClock\.options\.now: must be a number of milliseconds or a Date/,
    ],
    [() => new ManualClock({ now: new Date(NaN) }), /^ManualClock\.options\.now: must be from 0 to/],
    [() => new ManualClock().advance(-1), /^ManualClock\.advance: must be from 0 to/],
    [() => new ManualClock().set(2 ** 80), /^ManualClock\.set: must be from 0 to/],
  ])('refuses what is no time (%#)', (wrong, words) => {
    expect(wrong).toThrow(TypeError);
    expect(wrong).toThrow(words);
  });

  ours('is the time of Haskell', async () => {
    const clock = new ManualClock({ now: THEN });
    const { exports } = await instance('world', { clock });
    const elapsed = await exports.elapsed();
    expect(await exports.now()).toBeCloseTo(THEN, 2);
    clock.advance(HOUR);
    expect(await exports.now()).toBeCloseTo(THEN + HOUR, 2);
    expect(await exports.elapsed()).toBe(elapsed + HOUR);
    clock.set(THEN);
    expect(await exports.now()).toBeCloseTo(THEN, 2);
    expect(await exports.elapsed()).toBe(elapsed + HOUR);
  });

  ours('wakes sleeping commands when it gets there, and not before', async () => {
    const clock = new ManualClock({ now: 1_000_000 });
    const [first, second] = [sink(), sink()];
    const sleep = async (seconds, stdout) =>
      run(await cGuest('clock'), { args: [String(seconds)], clock, stdout });
    const runs = [sleep(3600, first), sleep(7200, second)];
    await until(() => first.text === '1000\n' && second.text === '1000\n');
    // A command that has said the time is soon asleep; that it sleeps nobody can see.
    const awake = setInterval(() => clock.advance(HOUR / 4), 5);
    await runs[0];
    clearInterval(awake);
    const woken = Number(first.text.split('\n')[1]);
    expect(woken).toBeGreaterThanOrEqual(1000 + 3600);
    expect(second.text).toBe('1000\n');
    clock.advance(2 * HOUR);
    expect(await runs[1]).toMatchObject({ exitCode: 0 });
    expect(second.text).toMatch(/^1000\n\d+\n$/);
  });

  ours('is waited for together with input', async () => {
    const clock = new ManualClock();
    const [stdin, stdout] = [new PassThrough(), sink()];
    const ended = run(await cGuest('poll'), { args: ['60000'], clock, stdin, stdout });
    stdin.write('abc');
    await until(() => stdout.text === '3 bytes\n');
    const passing = setInterval(() => clock.advance(60_000), 5);
    await until(() => stdout.text.includes('time\n'));
    clearInterval(passing);
    stdin.end();
    expect((await ended).exitCode).toBe(0);
  });

  ours('ends no wait by itself: a time limit does', async () => {
    const options = { args: ['1'], clock: new ManualClock(), timeoutMs: 100, stdout: 'ignore' };
    expect(await failure(async () => run(await cGuest('clock'), options))).toMatchObject({ limit: 'time' });
  });

  ours('is polled like any other', async () => {
    const clock = new ManualClock({ now: 5000 });
    clock.advance(2000);
    const { call, poll } = await preview1({ clock, stdin: 'text', stdout: 'ignore' });
    expect(call('clock_time_get', 0, 0, OUT).u64(0)).toBe(7_000_000_000n);
    expect(call('clock_time_get', 1, 0, OUT).u64(0)).toBe(2_000_000_000n);
    expect(call('clock_res_get', 1, OUT).u64(0)).toBe(1n);
    const seconds = (n) => BigInt(n) * 1_000_000_000n;
    const { errno, events } = poll(
      { userdata: 1, clock: 1, timeout: seconds(2), absolute: true },
      { userdata: 2, clock: 1, timeout: seconds(3), absolute: true },
      { userdata: 3, clock: 0, timeout: seconds(7), absolute: true },
      { userdata: 4, clock: 0, timeout: seconds(8), absolute: true },
      { userdata: 5, timeout: 0 },
      { userdata: 6, timeout: seconds(1) },
      { userdata: 7, read: 0 },
      { userdata: 8, write: 1 },
    );
    expect(errno).toBe(0);
    expect(events.map(({ userdata, type }) => [userdata, type])).toEqual([
      [1, 'clock'],
      [3, 'clock'],
      [5, 'clock'],
      [7, 'read'],
      [8, 'write'],
    ]);
    expect(poll({ read: 0 }).events).toEqual([{ userdata: 0, errno: 0, type: 'read' }]);
    expect(poll()).toEqual({ errno: ERRNO.inval, events: [] });
    expect(poll({ read: 99 }, { timeout: 0 }).errno).toBe(ERRNO.badf);
    expect(poll({ clock: 2, timeout: 0 }).errno).toBe(ERRNO.inval);
    expect(call('poll_oneoff', 2 ** 31, OUT, 1, OUT).errno).toBe(ERRNO.fault);
    expect(call('poll_oneoff', OUT, 2 ** 31, 1, OUT).errno).toBe(ERRNO.fault);
  });

  ours.each([null, {}, 5, { now: () => 5 }])('is what the option clock takes, and not %p', async (clock) => {
    const error = await failure(() => preview1({ clock }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/^instantiate\.options\.clock: must be a ManualClock, found /);
  });
});

describe("Jest's fake timers", () => {
  afterEach(() => jest.useRealTimers());

  ours('wake Haskell threads that use JSFFI', async () => {
    const { exports } = await instance('delays');
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
    let woken;
    const call = exports.sleepers(3, 1_000_000).then((count) => (woken = count));
    await jest.advanceTimersByTimeAsync(999_999);
    expect(woken).toBeUndefined();
    await jest.advanceTimersByTimeAsync(1);
    await call;
    expect(woken).toBe(3);
  });
});

describe('randomSeed', () => {
  const bytes = async (randomSeed) => {
    const { call } = await preview1({ randomSeed });
    const draw = () => Array.from({ length: 8 }, (_, index) => call('random_get', OUT, 8).u8(index));
    return [draw(), draw()].flat();
  };

  ours('decides what random_get gives', async () => {
    const [one, again, two] = [await bytes(1), await bytes(1), await bytes(2)];
    expect(again).toEqual(one);
    expect(two).not.toEqual(one);
    expect(one.slice(8)).not.toEqual(one.slice(0, 8));
    expect(await bytes()).not.toEqual(await bytes());
  });

  ours('gives the same for ever, and the same to commands and instances', async () => {
    const { call } = await preview1({ randomSeed: 42 });
    const { answers } = await runCalls([{ name: 'random_get', args: [OUT, 8] }], { randomSeed: 42 });
    const known = 9_072_906_749_641_699_060n;
    expect([call('random_get', OUT, 8).u64(0), answers[0].u64(0)]).toEqual([known, known]);
  });

  ours('decides what Haskell gets of getentropy', async () => {
    const entropy = async (randomSeed) => (await instance('world', { randomSeed })).exports.entropy();
    expect(await entropy(7)).toBe(await entropy(7));
    expect(await entropy(7)).not.toBe(await entropy(8));
  });
});
