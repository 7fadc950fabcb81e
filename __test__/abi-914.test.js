'use strict';
// The JSFFI of GHC 9.14 and of the builds with its backports: synchronous exports, re-entry from synchronous
// imports, `throwTo`, "wrapper sync". The guests import and export what GHC's runtime there does.

const { engine, failure, guest, guestInstance, instance, ours, until } = require('./support');

const big = (n) => 2n ** BigInt(n);

describe('the ABI', () => {
  ours.each([
    ['sync-exports', '9.14', 'reactor'],
    ['throw-to', '9.14', 'reactor'],
    ['command', '9.14', 'command'],
  ])('of the guest %s is %s, known by rts_promiseThrowTo', async (name, abi, kind) => {
    const module = await engine.load(await guest(name));
    expect(module).toMatchObject({ abi, kind, usesJSFFI: true });
  });

  ours("of this compiler's modules is 9.10", async () => {
    const { rawExports } = await instance('reentry');
    expect(rawExports).not.toHaveProperty('rts_promiseThrowTo');
  });
});

describe('a synchronous export', () => {
  test.each([
    ['i32', [7], 7],
    ['i32', [2 ** 32 - 1], -1],
    ['i32', [], 0],
    ['i64', [big(63)], -big(63)],
    ['i64', [true], 1n],
    ['f32', [0.1], Math.fround(0.1)],
    ['f32', [-0], -0],
    ['f64', ['1.5'], 1.5],
    ['f64', [], NaN],
    ['nothing', [1], undefined],
  ])('%s(...%p) is %p, and no promise of it', async (name, args, result) => {
    const { exports } = await guestInstance('sync-exports');
    expect(exports[name](...args)).toBe(result);
  });

  test.each([[undefined], [null], [0], [''], [Symbol('s')], [{}], [() => 1], [Promise.resolve(1)]])(
    'gives %p as it was given',
    async (value) => {
      const { exports } = await guestInstance('sync-exports');
      expect(exports.value(value)).toBe(value);
    },
  );

  test('converts its arguments first: a TypeError harms nothing', async () => {
    const { exports } = await guestInstance('sync-exports');
    expect(() => exports.i32(1n)).toThrow(TypeError);
    expect(() => exports.i64(1)).toThrow(TypeError);
    expect(() => exports.f64(Symbol('s'))).toThrow(TypeError);
    expect(exports.i32(5)).toBe(5);
  });

  test('that waits gives its value at once all the same, a JSVal too', async () => {
    const { exports } = await guestInstance('sync-exports');
    const value = {};
    const start = Date.now();
    expect(exports.valueLate(value)).toBe(value);
    expect(Date.now() - start).toBeGreaterThanOrEqual(18);
    expect(exports.call((n) => (exports.valueLate(value) === value ? n : -1), 5)).toBe(6);
  });

  test('may have many arguments', async () => {
    const { exports } = await guestInstance('sync-exports');
    const values = [{}, 1, 2n, 0.5, -0, null, -1, -2n, Math.fround(0.1), NaN, undefined];
    expect(exports.list(...values)).toEqual(values);
    const missing = [undefined, 0, 0n, NaN, NaN, undefined, 0, 0n, NaN, NaN, undefined];
    expect(exports.list(undefined, 0, 0n, NaN, NaN, undefined, 0, 0n)).toEqual(missing);
    expect(() => exports.list()).toThrow(TypeError);
  });
});

describe('a reference', () => {
  test('claimed twice is two JSVals, one of which outlives the other', async () => {
    const { exports, stats } = await guestInstance('sync-exports');
    const value = {};
    expect(exports.twice(value, value)).toBe(3);
    expect(stats().jsvals).toBe(0);
  });

  test('that nobody has set is null', async () => {
    const { exports } = await guestInstance('sync-exports');
    exports.value('in the first slot');
    expect(exports.null()).toBeNull();
    expect(exports.keptNull()).toBeNull();
    exports.value('in the next slot');
    expect(exports.null()).toBeNull();
  });
});

describe('a synchronous import', () => {
  test('may call synchronous exports, twenty deep', async () => {
    const { exports } = await guestInstance('sync-exports');
    const down = (n) => (n === 0 ? 1000 : exports.call(down, n - 1));
    expect([0, 1, 3, 20].map((n) => exports.call(down, n))).toEqual([1001, 1002, 1004, 1021]);
  });

  test('that calls without end is told so in the words of JavaScript', async () => {
    const { exports } = await guestInstance('sync-exports');
    const down = (n) => exports.call(down, n);
    const { message } = await failure(() => exports.call(down, 0));
    expect(message).toMatch(/^Maximum call stack size exceeded/);
  });

  test('may call exports of any type, and nothing is confused on the way', async () => {
    const { exports } = await guestInstance('sync-exports');
    const value = { some: 'value' };
    const busy = (given) => {
      exports.list({}, 1, 2n, 3, 4, {}, 5, 6n, 7, 8, {});
      exports.value(Symbol('other'));
      return exports.callVal((inner) => exports.value(inner), given);
    };
    expect(exports.callVal(busy, value)).toBe(value);
  });

  test('may call an asynchronous export, which gives its promise', async () => {
    const { exports } = await guestInstance('sync-exports');
    const inner = [];
    const outer = exports.later((n) => {
      inner.push(exports.later((m) => m + 1, n));
      return n;
    }, 5);
    expect([outer, ...inner].every((promise) => promise instanceof Promise)).toBe(true);
    expect(await Promise.all([outer, ...inner])).toEqual([5, 6]);
  });

  test.each([[new Error('boom')], ['text'], [undefined], [null], [{}]])(
    'may throw, and every call above gets the very value: %p',
    async (thrown) => {
      const { exports } = await guestInstance('sync-exports');
      const seen = [];
      const down = (n) => {
        if (n === 0) throw thrown;
        try {
          return exports.call(down, n - 1);
        } catch (error) {
          seen.push(error);
          throw error;
        }
      };
      await expect(failure(() => exports.call(down, 3))).resolves.toBe(thrown);
      expect(seen).toEqual([thrown, thrown, thrown]);
      expect(seen.every((error) => Object.is(error, thrown))).toBe(true);
    },
  );

  test('that throws makes an export throw at once, also one whose result is a JSVal', async () => {
    for (const name of ['callVal', 'callWithoutResult', 'later']) {
      const { exports } = await guestInstance('sync-exports');
      const boom = new Error('boom');
      const throwing = () => {
        throw boom;
      };
      let caught;
      try {
        await exports[name](throwing, 0);
      } catch (error) {
        caught = error;
      }
      expect(caught).toBe(boom);
    }
    const { exports } = await guestInstance('sync-exports');
    expect(() => exports.callVal(() => JSON.parse('no JSON'))).toThrow(SyntaxError);
  });

  ours('that throws closes the instance, with the error as the cause', async () => {
    const { exports } = await guestInstance('sync-exports');
    const boom = new Error('boom');
    const down = (n) => {
      if (n === 0) throw boom;
      return exports.call(down, n - 1);
    };
    expect(await failure(() => exports.call(down, 2))).toBe(boom);
    const error = await failure(() => exports.i32(1));
    expect(error).toBeInstanceOf(engine.ClosedError);
    expect(error.cause).toBe(boom);
  });

  ours('cannot save the instance by catching what went through it further down', async () => {
    const { exports } = await guestInstance('sync-exports');
    const boom = new Error('boom');
    const throwing = () => {
      throw boom;
    };
    const catching = () => {
      expect(() => exports.call(throwing, 0)).toThrow(boom);
      return 1;
    };
    const error = await failure(() => exports.call(catching, 0));
    expect(error).toBeInstanceOf(engine.ClosedError);
    expect(error.cause).toBe(boom);
  });

  ours('may throw an error of another instance, and closes its own', async () => {
    const [one, other] = [await guestInstance('sync-exports'), await guestInstance('sync-exports')];
    await other.dispose();
    const error = await failure(() => one.exports.call(() => other.exports.i32(1), 0));
    expect(error).toBeInstanceOf(engine.ClosedError);
    expect((await failure(() => one.exports.i32(1))).cause).toBe(error);
  });
});

describe('throwTo', () => {
  test('of a pending promise raises the very value in Haskell', async () => {
    const { exports } = await guestInstance('throw-to');
    const promise = exports.pending();
    const reason = new Error('enough');
    promise.throwTo(reason);
    const error = await failure(() => promise);
    expect(error).toBeInstanceOf(WebAssembly.RuntimeError);
    expect(error.message).toContain('enough');
    expect(error).not.toHaveProperty('haskell'); // GHC's own snippet tells the text only
    expect(exports.thrown()).toBe(reason);
  });

  test('of a promise that has settled does nothing', async () => {
    const { exports } = await guestInstance('throw-to');
    const promise = exports.pending();
    exports.settle(5);
    expect(await promise).toBe(5);
    promise.throwTo(new Error('late'));
    expect(exports.count()).toBe(0);
  });

  ours('of a promise of a closed instance does nothing', async () => {
    const running = await guestInstance('throw-to');
    const promise = running.exports.pending();
    await running.dispose();
    expect(() => promise.throwTo('late')).not.toThrow();
    expect(await failure(() => promise)).toBeInstanceOf(engine.ClosedError);
  });
});

describe('a signal given to call()', () => {
  ours('rejects at once, and throws its reason in Haskell', async () => {
    const running = await guestInstance('throw-to');
    const controller = new AbortController();
    const call = running.call('pending', [], { signal: controller.signal });
    const reason = new Error('enough');
    controller.abort(reason);
    const error = await failure(() => call);
    expect(error).toBeInstanceOf(engine.AbortError);
    expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' });
    expect(error.cause).toBe(reason);
    expect(running.exports.thrown()).toBe(reason);
    expect(running.exports.count()).toBe(1);
    expect(running.stats().pendingCalls).toBe(0);
  });

  ours('that was aborted before keeps the call from beginning', async () => {
    const running = await guestInstance('throw-to');
    const error = await failure(() => running.call('pending', [], { signal: AbortSignal.abort('why') }));
    expect(error).toMatchObject({ code: 'ABORT_ERR', cause: 'why' });
    expect(running.stats().pendingCalls).toBe(0);
  });

  ours('that is aborted afterwards changes nothing', async () => {
    const running = await guestInstance('throw-to');
    const controller = new AbortController();
    const call = running.call('pending', [], { signal: controller.signal });
    running.exports.settle(7);
    expect(await call).toBe(7);
    controller.abort();
    expect(running.exports.count()).toBe(0);
  });

  ours('that is not aborted gives what the export gives, a value too', async () => {
    const running = await guestInstance('sync-exports');
    const { signal } = new AbortController();
    expect(await running.call('i32', [5], { signal })).toBe(5);
    expect(await running.call('later', [(n) => n, 6], { signal })).toBe(6);
  });

  ours('of the older ABI rejects at once too; its thread goes on unheard', async () => {
    const running = await instance('import-safety');
    const controller = new AbortController();
    let finish;
    const slow = () => new Promise((resolve) => (finish = resolve));
    const call = running.call('viaSafe', [slow], { signal: controller.signal });
    await until(() => finish !== undefined);
    controller.abort('enough');
    expect(await failure(() => call)).toMatchObject({ code: 'ABORT_ERR', cause: 'enough' });
    finish('late');
    await until(() => running.stats().pendingCalls === 0);
    expect(await running.exports.viaSafe(() => 'next')).toBe('next');
  });
});

describe('a callback', () => {
  test('of "wrapper sync" gives its value at once', async () => {
    const { exports } = await guestInstance('wrappers');
    const add = exports.sync(100);
    expect(add(1, 2)).toBe(103);
    expect(add(1, 2, 3)).toBe(103);
    expect(add()).toBe(100);
    expect(add('4', true)).toBe(105);
    expect(add).toHaveLength(0);
  });

  test('of "wrapper" gives a promise', async () => {
    const { exports } = await guestInstance('wrappers');
    const call = exports.async(10)(1, 2);
    expect(call).toBeInstanceOf(Promise);
    expect(await call).toBe(13);
  });

  test('may give any value, a promise of JavaScript too', async () => {
    const { exports } = await guestInstance('wrappers');
    const same = exports.identity();
    for (const value of [undefined, null, {}, Promise.resolve(1), 'x']) expect(same(value)).toBe(value);
  });

  ours.each([
    ['sync', [1, 2]],
    ['identity', ['x']],
  ])('that was freed throws, if its calls give values: %s', async (kind, args) => {
    const { exports, stats } = await guestInstance('wrappers');
    const callback = exports[kind](0);
    callback(...args);
    expect(stats().callbacks).toBe(1);
    exports.free();
    expect(stats().callbacks).toBe(0);
    const call = () => callback(...args);
    expect(call).toThrow(expect.objectContaining({ code: 'ERR_HS_FREED' }));
    expect(call).toThrow(/import "wrapper" number \d of module App\.Wrappers/);
    expect(exports.stablePointers()).toBe(0);
  });

  ours('that was freed rejects, if its calls give promises', async () => {
    const { exports } = await guestInstance('wrappers');
    const callback = exports.async(0);
    exports.free();
    const call = callback(1, 2);
    expect(call).toBeInstanceOf(Promise);
    expect(await failure(() => call)).toMatchObject({ code: 'ERR_HS_FREED' });
  });
});

describe('freeJSVal', () => {
  ours('may be called again: the second call does nothing', async () => {
    const { exports, stats } = await guestInstance('wrappers');
    exports.sync(1);
    for (let n = 0; n < 3; n += 1) exports.free();
    expect([stats().jsvals, stats().callbacks, exports.stablePointers()]).toEqual([0, 0, 0]);
    expect(exports.sync(1)(1, 1)).toBe(3);
  });

  test('once is enough', async () => {
    const { exports, stats } = await guestInstance('wrappers');
    exports.sync(1);
    exports.free();
    expect([stats().jsvals, exports.stablePointers()]).toEqual([0, 0]);
  });

  ours.each([
    ['use', /^getJSVal\(\d+\): .*freed before.*"\$1\.used = true"/],
    ['give', /^getJSVal\(\d+\): .*freed before.*an export was to give it/],
    ['freeKey', /^freeJSVal\(\d+\): .*freed before/],
  ])('allows no other use afterwards, and the error says which: %s', async (use, message) => {
    const { exports } = await guestInstance('wrappers');
    exports.sync(1);
    exports.free();
    const error = await failure(() => exports[use]());
    expect(error).toBeInstanceOf(WebAssembly.RuntimeError);
    expect(error.message).toMatch(message);
    expect(await failure(() => exports.sync(1))).toMatchObject({ code: 'ERR_HS_CLOSED', cause: error });
  });
});

describe('tail calls', () => {
  test('need no stack, a million in a row', async () => {
    const { exports } = await guestInstance('tail-calls');
    expect(exports.sum(1_000_000, 0n)).toBe(500_000_500_000n);
  });

  test('may be of imports', async () => {
    const { exports } = await guestInstance('tail-calls');
    expect(exports.twice(21)).toBe(42);
    const value = {};
    expect(exports.kept(value)).toBe(value);
  });
});
