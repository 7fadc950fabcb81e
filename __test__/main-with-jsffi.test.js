'use strict';
// Programs with a `main` that use JSFFI. GHC 9.10 links none; hs-wasm runs them all the same.

const { engine, fixture, ours, failure } = require('./support');

const runIt = (args, options) => engine.run(fixture('main-with-jsffi'), { args, ...options });

describe('a program that uses JSFFI', () => {
  ours('runs to its end, prints and gives its exit code', async () => {
    for (const exitCode of [0, 1, 7, 255]) {
      const printed = [];
      const imports = { print: (text) => printed.push(text) };
      const result = await runIt([String(exitCode), '5'], { imports });
      expect(result).toEqual({ exitCode, stdout: 'before\nafter, without a newline', stderr: '' });
      expect(printed).toEqual([`${exitCode} 5`]);
    }
  });

  ours('that fails says so on stderr and gives 1', async () => {
    const { exitCode, stderr } = await runIt(['fail', '1'], { imports: { print() {} } });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^Main: on purpose/);
  });

  ours('that takes too long is a LimitError, with what it printed', async () => {
    const error = await failure(() => runIt(['0', '60000'], { imports: { print() {} }, timeoutMs: 300 }));
    expect(error).toBeInstanceOf(engine.LimitError);
    expect(error).toMatchObject({ code: 'ERR_HS_LIMIT', limit: 'time', stdout: 'before\n' });
  });

  ours('can be aborted', async () => {
    const signal = AbortSignal.timeout(300);
    const error = await failure(() => runIt(['0', '60000'], { imports: { print() {} }, signal }));
    expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: signal.reason });
  });
});
