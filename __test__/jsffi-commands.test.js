'use strict';
// Commands that use JSFFI, which GHC 9.14 can link: they run on JavaScript's thread, and are commands all the same.

const { Readable, PassThrough } = require('node:stream');
const { engine, failure, guest, ours, sink } = require('./support');

/** Runs the guest, which gives its first argument to `event` and does what the answer says: see `command.wat`. */
async function run(argument, event, options) {
  return engine.run(await guest('command'), { args: [argument], imports: { event }, ...options });
}

const [SLEEP, READ, TRAP, RETURN] = [1000, 2000, 3000, 4000];

describe('a command with JSFFI', () => {
  ours('calls JavaScript, and its output and exit code are the result', async () => {
    const event = jest.fn(() => 0);
    expect(await run('λ one', event)).toEqual({ exitCode: 0, stdout: 'before\n', stderr: 'after\n' });
    expect(event.mock.calls).toEqual([['λ one']]);
  });

  ours.each([0, 1, 7, 126, 255])('exits with the code %d', async (code) => {
    expect(await run('x', () => code)).toMatchObject({ exitCode: code, stderr: 'after\n' });
  });

  ours('may also return', async () => {
    expect(await run('x', () => RETURN)).toEqual({ exitCode: 0, stdout: 'before\n', stderr: 'after\n' });
  });

  ours('runs anew each time', async () => {
    const module = await engine.load(await guest('command'));
    const event = jest.fn(() => 3);
    for (const argument of ['a', 'b']) {
      expect(await module.run({ args: [argument], imports: { event } })).toMatchObject({ exitCode: 3 });
    }
    expect(event.mock.calls).toEqual([['a'], ['b']]);
  });

  ours('leaves the event loop its turns while it sleeps', async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    expect(await run('x', () => SLEEP)).toMatchObject({ exitCode: 0 });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });

  ours.each([
    ['text', 'a line\n'],
    ['bytes', Buffer.from('a line\n')],
    ['a stream', () => Readable.from(['a line\n'])],
  ])('reads stdin: %s', async (_, stdin) => {
    const given = typeof stdin === 'function' ? stdin() : stdin;
    expect(await run('x', () => READ, { stdin: given })).toMatchObject({ stdout: 'before\na line\n' });
  });

  ours('prints before the snippet that it calls does', async () => {
    const order = [];
    const stdout = sink();
    const event = () => {
      order.push(stdout.text);
      return 0;
    };
    await run('x', event, { stdout });
    expect(order).toEqual(['before\n']);
  });

  ours('prints bytes, if bytes are wanted, and nothing where it is not captured', async () => {
    const bytes = await run('x', () => 0, { encoding: 'buffer', stderr: 'ignore' });
    expect(bytes.stdout).toEqual(Buffer.from('before\n'));
    expect(bytes.stderr).toEqual(Buffer.alloc(0));
  });

  ours('that traps rejects with a TrapError, which has the output', async () => {
    const error = await failure(() => run('x', () => TRAP));
    expect(error).toBeInstanceOf(engine.TrapError);
    expect(error).toMatchObject({ trap: 'UnreachableCodeReached', stdout: 'before\n', stderr: '' });
  });

  ours.each([[new Error('boom')], ['text'], [undefined], [Object.freeze({})]])(
    'rejects with the very value that a snippet throws: %p',
    async (thrown) => {
      const event = () => {
        throw thrown;
      };
      expect(await failure(() => run('x', event))).toBe(thrown);
    },
  );

  ours('can be aborted while it waits', async () => {
    const controller = new AbortController();
    const stdin = new PassThrough();
    const running = run('x', () => READ, { stdin, signal: controller.signal });
    setTimeout(() => controller.abort('enough'), 10);
    const error = await failure(() => running);
    expect(error).toBeInstanceOf(engine.AbortError);
    expect(error).toMatchObject({ code: 'ABORT_ERR', cause: 'enough', stdout: 'before\n' });
  });

  ours('does not begin if it was aborted before', async () => {
    const event = jest.fn(() => 0);
    const error = await failure(() => run('x', event, { signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ code: 'ABORT_ERR' });
    expect(event).not.toHaveBeenCalled();
  });

  ours('has a time limit', async () => {
    const error = await failure(() => run('x', () => READ, { stdin: new PassThrough(), timeoutMs: 20 }));
    expect(error).toBeInstanceOf(engine.LimitError);
    expect(error).toMatchObject({ limit: 'time', stdout: 'before\n' });
  });

  ours('is no library: instantiate() says so', async () => {
    const module = await engine.load(await guest('command'));
    expect(module).toMatchObject({ kind: 'command', usesJSFFI: true });
    expect(await failure(() => module.instantiate())).toMatchObject({ code: 'ERR_HS_MISSING_EXPORT' });
  });
});
