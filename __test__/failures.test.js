'use strict';
// Failures: whose fault they are, who is told, and what is left of the instance. Calls that cannot end are among the
// hazards, since only the end of a process shows them.

const { engine, failure, guestInstance, instance, ours } = require('./support');

const never = () => new Promise(() => {});
const throwing = (value) => () => {
  throw value;
};

/** The rejections that nobody heard while `work` was done. */
async function unheard(work) {
  const rejections = [];
  const listener = (reason) => rejections.push(reason);
  process.on('unhandledRejection', listener);
  try {
    await work();
    await new Promise((turn) => setTimeout(turn, 5));
  } finally {
    process.off('unhandledRejection', listener);
  }
  return rejections;
}

describe('what a synchronous import throws', () => {
  ours.each([[new Error('boom')], ['text'], [undefined], [null], [Object.freeze({ a: 1 })]])(
    'reaches the caller as it is, and everybody else as the cause of a ClosedError: %p',
    async (thrown) => {
      const { exports, stats } = await instance('failures');
      const unheardOf = await unheard(async () => {
        const others = [exports.waitFor(never), exports.waitForNobody()].map((call) => failure(() => call));
        await new Promise((turn) => setImmediate(turn));
        // Haskell is entered by JavaScript's promise, so no call is there to throw from.
        await exports.callSyncAfter(async () => 1, throwing(thrown)).catch(() => {});
        for (const reason of await Promise.all(others)) {
          expect(reason).toBeInstanceOf(engine.ClosedError);
          expect(reason).toMatchObject({ code: 'ERR_HS_CLOSED' });
          expect(reason.cause).toBe(thrown);
        }
        const later = await failure(() => exports.add(1, 2));
        expect(later).toBeInstanceOf(engine.ClosedError);
        expect(later.cause).toBe(thrown);
        expect(later.message).toMatch(/thrown through Haskell by a synchronous import/);
      });
      expect(unheardOf).toEqual([]);
      expect(stats().pendingCalls).toBe(0);
    },
  );
});

describe('every pending call of an instance rejects', () => {
  ours('when it is disposed of', async () => {
    const running = await instance('failures');
    const { exports } = running;
    const unheardOf = await unheard(async () => {
      const calls = Array.from({ length: 5 }, () => failure(() => exports.waitFor(never)));
      const callbacks = await instance('callbacks');
      const slow = await callbacks.exports.slow();
      calls.push(failure(() => slow(60_000)));
      await Promise.all([running.dispose(), callbacks.dispose()]);
      for (const reason of await Promise.all(calls)) {
        expect(reason).toBeInstanceOf(engine.ClosedError);
        expect(reason.message).toMatch(/disposed of/);
      }
    });
    expect(unheardOf).toEqual([]);
  });

  ours('when it runs out of memory', async () => {
    const { exports } = await instance('heap', { rtsOptions: ['-M32m'], stderr: 'ignore' });
    const error = await failure(() => exports.keep(5_000_000));
    expect(error).toBeInstanceOf(engine.LimitError);
    expect(await failure(() => exports.total())).toMatchObject({ code: 'ERR_HS_CLOSED', cause: error });
  });

  ours('and nobody has to hear it', async () => {
    const running = await instance('failures');
    const unheardOf = await unheard(async () => {
      running.exports.waitFor(never);
      running.exports.waitForNobody();
      await running.dispose();
    });
    expect(unheardOf).toEqual([]);
  });
});

describe('a trap', () => {
  ours('is a TrapError, and closes the instance', async () => {
    const { exports } = await guestInstance('waiting');
    const error = await failure(() => exports.trapAfter(0));
    expect(error).toBeInstanceOf(engine.TrapError);
    expect(error).toMatchObject({ code: 'ERR_HS_TRAP', trap: 'UnreachableCodeReached' });
    expect(await failure(() => exports.now(1))).toMatchObject({ code: 'ERR_HS_CLOSED', cause: error });
  });
});

describe('a promise result of the wrong type', () => {
  ours.each([
    ['Int', Symbol('s')],
    ['Int', 1n],
    ['Bool', 1n],
    ['Int64', 1],
    ['Word64', undefined],
    ['Double', 5n],
    ['Float', Symbol('s')],
    ['Char', { [Symbol.toPrimitive]: () => Symbol('s') }],
    ['Word8', Object.create(null)],
  ])('rejects in Haskell: %s gets %p', async (type, value) => {
    const { exports, stats } = await instance('types-async-imports');
    const unheardOf = await unheard(async () => {
      const error = await failure(() => exports[`via${type}`](async () => value, /64/.test(type) ? 1n : 1));
      expect(error).toBeInstanceOf(WebAssembly.RuntimeError);
      expect(error.message).toMatch(/^JSException "TypeError/);
      expect(error.cause).toBeInstanceOf(TypeError);
    });
    expect(unheardOf).toEqual([]);
    expect(stats()).toMatchObject({ awaitedPromises: 0, pendingCalls: 0 });
    expect(await exports.viaInt(async () => 5, 1)).toBe(5);
  });

  ours('rejects with what the conversion itself throws', async () => {
    const { exports } = await instance('types-async-imports');
    const own = new RangeError('mine');
    const error = await failure(() => exports.viaInt(async () => ({ valueOf: throwing(own) }), 1));
    expect(error.cause).toBe(own);
  });
});

describe('show of a JSException', () => {
  const hostile = new Proxy({}, { get: throwing(new Error('no property')) });
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();

  ours.each([
    ['null', null],
    ['undefined', undefined],
    ['a symbol', Symbol('s')],
    ['an object without a prototype', Object.create(null)],
    [
      'an object that cannot be made into text',
      { toString: throwing(new Error('no')), valueOf: throwing(1) },
    ],
    ['an error whose stack throws', Object.defineProperty(new Error('x'), 'stack', { get: throwing(1) })],
    ['an error whose stack is a symbol', Object.assign(new Error('x'), { stack: Symbol('stack') })],
    ['a function', () => 1],
    ['a Proxy that allows nothing', hostile],
    ['a revoked Proxy', revoked],
  ])('has some text for %s, and the cause is the very value', async (_, value) => {
    const { exports } = await instance('js-exceptions');
    const error = await failure(() => exports.uncaught(() => Promise.reject(value)));
    expect(error).toBeInstanceOf(WebAssembly.RuntimeError);
    expect(error.message).toMatch(/^JSException "/);
    expect(Object.is(error.cause, value)).toBe(true);
    expect(await exports.recovered(async () => 5)).toBe(5);
  });
});
