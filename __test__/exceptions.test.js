'use strict';
// Exceptions: Haskell's on their way to JavaScript, JavaScript's on their way to Haskell and through it.

const { engine, failure, instance, ours, sink, until } = require('./support');

const rejecting = (value) => async () => {
  throw value;
};

describe('a Haskell exception', () => {
  test.each([
    ['fail', /^user error \(game over\)$/],
    [
      'error',
      /^boom\nCallStack \(from HasCallStack\):\n {2}error, called at .*Main\.hs:\d+:\d+ in main:Exceptions$/,
    ],
    ['arithmetic', /^divide by zero$/],
    ['custom', /^custom failure 7 λ😀$/],
    ['undisplayable', /^cannot be displayed\n/],
    ['exit', /^ExitFailure 3$/],
    ['exitSuccess', /^ExitSuccess$/],
    ['killed', /^thread killed$/],
    ['assertion', /^wrong$/],
    ['file', /^\/no\/such\/file: openFile: does not exist/],
    ['mvar', /^thread blocked indefinitely in an MVar operation$/],
    ['stm', /^thread blocked indefinitely in an STM transaction$/],
  ])('rejects with a WebAssembly.RuntimeError and its text: %s', async (kind, message) => {
    const { exports } = await instance('exceptions');
    const error = await failure(() => exports.throws(kind));
    expect(error).toBeInstanceOf(WebAssembly.RuntimeError);
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toMatch(message);
    expect(error).not.toHaveProperty('cause');
    expect(await exports.pureError(1)).toBe(1);
  });

  test.each([
    ['fail', 'IOException', 'GHC.Internal.IO.Exception'],
    ['error', 'ErrorCall', 'GHC.Internal.Exception'],
    ['arithmetic', 'ArithException', 'GHC.Internal.Exception.Type'],
    ['custom', 'Custom', 'Exceptions'],
    ['parameter', 'Tagged (Maybe Int)', 'Exceptions'],
    ['undisplayable', 'ErrorCall', 'GHC.Internal.Exception'], // what displaying it throws
    ['exit', 'ExitCode', 'GHC.Internal.IO.Exception'],
    ['killed', 'AsyncException', 'GHC.Internal.IO.Exception'], // not SomeAsyncException, which is around it
    ['mvar', 'BlockedIndefinitelyOnMVar', 'GHC.Internal.IO.Exception'],
  ])('has its type as a field: %s', async (kind, type, module) => {
    const { exports } = await instance('exceptions');
    const error = await failure(() => exports.throws(kind));
    expect(error.haskell).toEqual({ type, module });
  });

  test('of a pure function leaves when the result is used', async () => {
    const { exports } = await instance('exceptions');
    expect(await failure(() => exports.pureError(0))).toHaveProperty('message', 'not positive');
  });

  test('runs the finalizers on its way', async () => {
    const stderr = sink();
    const { exports } = await instance('exceptions', { stderr });
    expect(await failure(() => exports.throws('finally'))).toHaveProperty('message', 'user error (late)');
    await until(() => stderr.text === 'cleaned up\n');
  });

  test('of a stack that overflows can be survived', async () => {
    const { exports } = await instance('exceptions', { rtsOptions: ['-K1m'] });
    expect(await failure(() => exports.throws('stack'))).toHaveProperty('message', 'stack overflow');
    expect(await exports.pureError(1)).toBe(1);
  });

  test('of a forked thread goes to stderr and ends that thread only', async () => {
    const stderr = sink();
    const { exports } = await instance('exceptions', { stderr });
    expect(await exports.forked('custom')).toBe(1);
    await until(() => stderr.text.includes('custom failure 7 λ😀'));
    expect(await exports.pureError(1)).toBe(1);
  });

  test('that kills a forked thread is not worth a word', async () => {
    const stderr = sink();
    const { exports } = await instance('exceptions', { stderr });
    expect(await exports.forked('killed')).toBe(1);
    expect(stderr.text).toBe('');
  });
});

describe('a rejection', () => {
  const values = [new Error('boom'), 'text', '', 5, 5n, null, undefined, Symbol('s'), { a: 1 }, () => 1];

  test.each(values.map((value) => [value]))(
    'is caught as JSException with the very value: %p',
    async (value) => {
      const { exports } = await instance('js-exceptions');
      expect(await exports.caughtValue(rejecting(value))).toBe(value);
    },
  );

  test.each([
    ['text', 'JSException "text"'],
    ['λ "quoted"', 'JSException "\\955 \\"quoted\\""'],
    [5, 'JSException "5"'],
    [{}, 'JSException "[object Object]"'],
    [Object.assign(new Error('bare'), { stack: '' }), 'JSException "Error: bare"'],
  ])('shows as its stack or its text: %p', async (value, text) => {
    const { exports } = await instance('js-exceptions');
    expect(await exports.caughtText(rejecting(value))).toBe(text);
  });

  test('shows the stack of an Error', async () => {
    const { exports } = await instance('js-exceptions');
    const text = await exports.caughtText(rejecting(new TypeError('boom')));
    expect(text).toMatch(/^JSException "TypeError: boom\\n {4}at /);
  });

  test('may be what an async snippet throws before it returns a promise', async () => {
    const { exports } = await instance('js-exceptions');
    const thrown = new Error('at once');
    const throwing = () => {
      throw thrown;
    };
    expect(await exports.caughtValue(throwing)).toBe(thrown);
  });

  test('can be recovered from with another promise', async () => {
    const { exports } = await instance('js-exceptions');
    expect(await exports.recovered(rejecting('no'), async () => 42)).toBe(42);
  });

  test('runs the finalizers from the innermost', async () => {
    const { exports } = await instance('js-exceptions');
    expect(await exports.finalized(rejecting('no'))).toBe('[1,2]');
  });

  test.each(['uncaught', 'rethrown'])('leaves as a WebAssembly.RuntimeError if it is %s', async (name) => {
    const { exports } = await instance('js-exceptions');
    const error = await failure(() => exports[name](rejecting('no')));
    expect(error).toBeInstanceOf(WebAssembly.RuntimeError);
    expect(error.message).toBe('JSException "no"');
    expect(error.haskell).toEqual({ type: 'JSException', module: 'GHC.Internal.Wasm.Prim.Types' });
  });

  ours.each(['uncaught', 'rethrown'])('leaves with the original as its cause if it is %s', async (name) => {
    const { exports } = await instance('js-exceptions');
    for (const original of [new Error('boom'), 'text', { a: 1 }]) {
      const error = await failure(() => exports[name](rejecting(original)));
      expect(error.cause).toBe(original);
    }
  });

  ours.each([[undefined], [null], [Symbol('s')], [Object.create(null)]])(
    'without a text can leave too, and harms nothing: %p',
    async (value) => {
      const { exports } = await instance('js-exceptions');
      const error = await failure(() => exports.uncaught(rejecting(value)));
      expect(error).toBeInstanceOf(WebAssembly.RuntimeError);
      expect(error.message).toMatch(/^JSException "/);
      expect(error.cause).toBe(value);
      expect(await exports.caughtText(rejecting(value))).toMatch(/^JSException "/);
    },
  );
});

describe('what a sync import throws', () => {
  test.each([[new Error('boom')], ['text'], [undefined], [null]])('leaves as it is: %p', async (thrown) => {
    const { exports } = await instance('js-exceptions');
    const throwing = () => {
      throw thrown;
    };
    expect(await failure(() => exports.syncCaught(throwing))).toBe(thrown);
  });

  ours('closes the instance, and later calls say so', async () => {
    const { exports } = await instance('js-exceptions');
    const boom = new Error('boom');
    const throwing = () => {
      throw boom;
    };
    await failure(() => exports.syncCaught(throwing));
    const error = await failure(() => exports.caughtValue(rejecting(1)));
    expect(error).toBeInstanceOf(engine.ClosedError);
    expect(error).toMatchObject({ code: 'ERR_HS_CLOSED' });
  });

  ours('after a wait rejects every pending call', async () => {
    const { exports } = await instance('js-exceptions');
    const boom = new Error('boom');
    const throwing = () => {
      throw boom;
    };
    const other = failure(() => exports.uncaught(() => new Promise(() => {})));
    const error = await failure(() => exports.syncAfterWait(async () => 1, throwing));
    expect([error, error.cause]).toContain(boom);
    expect(await other).toMatchObject({ code: 'ERR_HS_CLOSED' });
  });

  ours('leaves other instances alone', async () => {
    const [one, other] = [await instance('js-exceptions'), await instance('js-exceptions')];
    const throwing = () => {
      throw new Error('boom');
    };
    await failure(() => one.exports.syncCaught(throwing));
    expect(await other.exports.caughtValue(rejecting(1))).toBe(1);
  });
});

describe('an exhausted heap', () => {
  ours('rejects the call with a LimitError and closes the instance', async () => {
    const stderr = sink();
    const { exports } = await instance('heap', { rtsOptions: ['-M32m'], stderr });
    const error = await failure(() => exports.keep(5_000_000));
    expect(error).toBeInstanceOf(engine.LimitError);
    expect(error).toMatchObject({ code: 'ERR_HS_LIMIT', limit: 'memory', exitCode: 1 });
    expect(await failure(() => exports.total())).toMatchObject({ code: 'ERR_HS_CLOSED' });
  });
});
