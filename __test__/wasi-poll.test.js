'use strict';
// poll_oneoff: clocks of every kind, descriptors, both at once, and a thousand that sleep at once.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { PassThrough } = require('node:stream');
const { guest, ours, sink, until } = require('./support');
const { cGuest } = require('./support/c');
const { ERRNO, OUT, preview1 } = require('./support/preview1');
const { load, run } = require('..');

const [REALTIME, MONOTONIC] = [0, 1];
const MS = 1_000_000n;

let wasi;

afterEach(() => wasi?.instance.dispose());

/** The time by a clock, in nanoseconds. */
const now = (clock) => wasi.call('clock_time_get', clock, 1, OUT).u64(0);

describe.each([
  ['monotonic', MONOTONIC],
  ['realtime', REALTIME],
])('the %s clock', (_, clock) => {
  beforeEach(async () => {
    wasi = await preview1();
  });

  const only = (userdata) => ({ errno: 0, events: [{ userdata, errno: 0, type: 'clock' }] });

  ours('is waited for from now on', () => {
    const before = now(clock);
    expect(wasi.poll({ userdata: 1, clock, timeout: 20n * MS })).toEqual(only(1));
    expect(now(clock) - before).toBeGreaterThanOrEqual(19n * MS);
  });

  ours('is waited for until a time', () => {
    const deadline = now(clock) + 20n * MS;
    expect(wasi.poll({ userdata: 2, clock, timeout: deadline, absolute: true })).toEqual(only(2));
    expect(now(clock)).toBeGreaterThanOrEqual(deadline - MS);
  });

  ours('is ready at once for no time and for a time that is past', () => {
    expect(wasi.poll({ userdata: 3, clock, timeout: 0 })).toEqual(only(3));
    expect(wasi.poll({ userdata: 4, clock, timeout: now(clock) - 1n, absolute: true })).toEqual(only(4));
    expect(wasi.poll({ userdata: 5, clock, timeout: 0, absolute: true })).toEqual(only(5));
  });

  ours('may be waited for as long as a number can say', () => {
    const never = { userdata: 6, clock, timeout: 2n ** 64n - 1n };
    expect(wasi.poll(never, { userdata: 7, timeout: MS })).toEqual(only(7));
    expect(wasi.poll({ ...never, absolute: true }, { userdata: 8, timeout: MS })).toEqual(only(8));
  });
});

describe('poll_oneoff', () => {
  ours('of nothing is EINVAL, of a processor clock too', async () => {
    wasi = await preview1();
    expect(wasi.poll()).toEqual({ errno: ERRNO.inval, events: [] });
    expect(wasi.poll({ clock: 2, timeout: 0 })).toEqual({ errno: ERRNO.inval, events: [] });
  });

  ours('takes five hundred subscriptions and gives those that are ready', async () => {
    wasi = await preview1();
    const subscriptions = Array.from({ length: 500 }, (_, n) => ({
      userdata: n,
      clock: n % 2,
      timeout: n % 5 === 0 ? 0n : 3_600_000n * MS,
    }));
    const { errno, events } = wasi.poll(...subscriptions);
    expect(errno).toBe(0);
    expect(events.map(({ userdata }) => userdata)).toEqual(Array.from({ length: 100 }, (_, n) => 5 * n));
  });

  ours('mixes descriptors and clocks', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-poll-'));
    wasi = await preview1({ stdin: 'text', stdout: 'ignore', preopens: { '/': folder } });
    expect(wasi.call('path_open', 3, 0, 'file', 1, 66, 66, 0, OUT).u32(0)).toBe(4);
    const { errno, events } = wasi.poll(
      { userdata: 0, timeout: 3_600_000n * MS },
      { userdata: 1, read: 0 },
      { userdata: 2, write: 1 },
      { userdata: 3, write: 2 },
      { userdata: 4, read: 4 },
      { userdata: 5, write: 4 },
      { userdata: 6, clock: REALTIME, timeout: 0 },
    );
    expect(errno).toBe(0);
    // What is ready at once comes at once; a file is read by another thread first, and a clock that is due is asked last.
    const types = { 1: 'read', 2: 'write', 3: 'write', 4: 'read', 5: 'write', 6: 'clock' };
    expect(events.filter(({ type, userdata }) => type !== types[userdata])).toEqual([]);
    expect(events.map(({ userdata }) => userdata)).toEqual(expect.arrayContaining([1, 2, 3, 5]));
    expect(wasi.poll({ userdata: 7, read: 4 }).events).toEqual([{ userdata: 7, errno: 0, type: 'read' }]);
    const late = { userdata: 8, timeout: 3_600_000n * MS };
    expect(wasi.poll(late, { userdata: 9, write: 4 }).events).toEqual([
      { userdata: 9, errno: 0, type: 'write' },
    ]);
    fs.rmSync(folder, { recursive: true });
  });

  ours('of a descriptor that is not open is EBADF', async () => {
    wasi = await preview1();
    expect(wasi.poll({ read: 9 }).errno).toBe(ERRNO.badf);
    expect(wasi.poll({ write: 9 }, { timeout: 0 }).errno).toBe(ERRNO.badf);
  });

  ours('wakes for input, for time while there is none, and for the end', async () => {
    const [stdin, stdout] = [new PassThrough(), sink()];
    const ended = run(await cGuest('poll'), { args: ['20'], stdin, stdout });
    await until(() => stdout.text === 'time\n'.repeat(2));
    stdin.write('abc');
    await until(() => stdout.text.endsWith('3 bytes\ntime\n'));
    stdin.end();
    expect((await ended).exitCode).toBe(0);
    expect(stdout.text).toMatch(/^(time\n)+3 bytes\n(time\n)+$/);
  });

  ours('lets a thousand guests sleep at once', async () => {
    const module = await load(await guest('sleep'));
    const runs = await Promise.all(Array.from({ length: 1000 }, () => module.run()));
    expect(runs).toEqual(Array(1000).fill({ exitCode: 0, stdout: '', stderr: '' }));
  });
});
