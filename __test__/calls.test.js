'use strict';
// Calls that do not simply return: they wait, queue up behind one that waits, or hold JavaScript up.

const { Readable } = require('node:stream');
const { engine, failure, guestInstance, instance, ours, sink, until } = require('./support');

describe('a call that waits', () => {
  ours('for the clock leaves the event loop its turns', async () => {
    const { exports } = await guestInstance('waiting');
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    expect(await exports.callAfter(60, () => 'woken')).toBe('woken');
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });

  ours('holds back the calls after it, which are done in their order', async () => {
    const { exports, stats } = await guestInstance('waiting');
    const done = [];
    const calls = [30, 0, 0].map(async (ms, n) => done.push(await exports.callAfter(ms, () => n)));
    calls.push(exports.soon(() => done.push('soon')));
    expect(stats().pendingCalls).toBe(4);
    await Promise.all(calls);
    expect(done.filter((n) => n !== 'soon')).toEqual([0, 1, 2]);
    expect(done).toHaveLength(4);
    expect(stats().pendingCalls).toBe(0);
  });

  ours('makes an export that gives a value say that it is busy, and nothing is lost', async () => {
    const { exports } = await guestInstance('waiting');
    const call = exports.callAfter(10, () => 1);
    expect(() => exports.now(5)).toThrow(expect.objectContaining({ code: 'ERR_HS_BUSY' }));
    expect(await call).toBe(1);
    expect(exports.now(5)).toBe(5);
  });

  ours('may call JavaScript afterwards, which may call it again', async () => {
    const { exports } = await guestInstance('waiting');
    const again = async () => [exports.now(1), exports.now(2), await exports.soon(() => exports.now(3))];
    expect(await exports.callAfter(10, again)).toEqual([1, 2, 3]);
    expect(exports.now(4)).toBe(4);
  });

  ours('and traps rejects, and so does what was queued behind it', async () => {
    const { exports } = await guestInstance('waiting');
    const calls = [exports.trapAfter(10), exports.soon(() => 1)].map((call) => failure(() => call));
    const [trap, queued] = await Promise.all(calls);
    expect(trap).toBeInstanceOf(engine.TrapError);
    expect(queued).toBeInstanceOf(engine.ClosedError);
    expect(queued.cause).toBe(trap);
  });

  ours('rejects when the instance is disposed of, and so does what was queued', async () => {
    const running = await guestInstance('waiting');
    const calls = [running.exports.callAfter(60_000, () => 1), running.exports.soon(() => 1)];
    const reasons = calls.map((call) => failure(() => call));
    await running.dispose();
    for (const reason of await Promise.all(reasons)) expect(reason).toMatchObject({ code: 'ERR_HS_CLOSED' });
  });

  ours('rejects when the signal of the instance is aborted', async () => {
    const controller = new AbortController();
    const { exports } = await guestInstance('waiting', { signal: controller.signal });
    const call = failure(() => exports.callAfter(60_000, () => 1));
    controller.abort('enough');
    expect(await call).toMatchObject({ code: 'ABORT_ERR', cause: 'enough' });
    expect(await failure(() => exports.now(1))).toMatchObject({ code: 'ERR_HS_CLOSED' });
  });
});

describe('a call that gives its value at once', () => {
  test('waits for the clock with the thread', async () => {
    const { exports } = await guestInstance('waiting');
    const start = Date.now();
    expect(exports.sleepNow(30)).toBe(30);
    expect(Date.now() - start).toBeGreaterThanOrEqual(28);
  });

  test('may print more than a pipe holds', async () => {
    const stdout = sink();
    const { exports } = await guestInstance('waiting', { stdout });
    expect(exports.print(300_000)).toBe(300_000);
    await until(() => stdout.text.length === 300_000);
  });

  test('may print more than a pipe holds within another call', async () => {
    const stdout = sink();
    const { exports } = await guestInstance('waiting', { stdout });
    expect(await exports.soon(() => exports.print(300_000))).toBe(300_000);
    await until(() => stdout.text.length === 300_000);
  });

  ours('reads what is there to be read', async () => {
    const { exports } = await guestInstance('waiting', { stdin: 'twelve bytes' });
    expect([exports.read(), exports.read()]).toEqual([12, 0]);
  });

  ours('cannot wait for a stream of JavaScript: an error, no standstill', async () => {
    const { exports } = await guestInstance('waiting', { stdin: Readable.from(['late']) });
    const error = await failure(() => exports.read());
    expect(error).toMatchObject({ code: 'ERR_HS_IO', message: expect.stringMatching(/waits for stdin/) });
    expect(await failure(() => exports.now(1))).toMatchObject({ code: 'ERR_HS_CLOSED', cause: error });
  });

  ours('cannot wait for a stream within another call either', async () => {
    const stdin = new Readable({ read() {} });
    const { exports } = await guestInstance('waiting', { stdin });
    let inner;
    const reading = () => {
      inner = failure(() => exports.read());
    };
    expect(await failure(() => exports.soon(reading))).toMatchObject({ code: 'ERR_HS_CLOSED' });
    expect(await inner).toMatchObject({ code: 'ERR_HS_IO' });
  });
});

describe('call()', () => {
  ours('calls an export by its name', async () => {
    const running = await instance('types-exports');
    expect(await running.call('echoInt', [5])).toBe(5);
    expect(await running.call('echoJSVal')).toBeUndefined();
    const error = await failure(() => running.call('echoInt', [1n]));
    expect(error).toBeInstanceOf(TypeError);
  });

  ours('says which exports there are, if it does not know one', async () => {
    const running = await instance('reentry');
    const error = await failure(() => running.call('sucessor', [1]));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
    expect(error.message).toMatch(/there is no export 'sucessor'; there are .*successor/);
  });

  ours.each([
    [{ signal: 'now' }, /call\.options\.signal/],
    [{ singal: undefined }, /call\.options\.singal/],
  ])('refuses options that are none: %p', async (options, message) => {
    const running = await instance('reentry');
    const error = await failure(() => running.call('successor', [1], options));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(message);
  });
});
