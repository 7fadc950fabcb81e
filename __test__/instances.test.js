'use strict';
// Instances are islands: state, streams and fate of one are no other's.

const { Readable } = require('node:stream');
const { engine, failure, fixture, instance, ours, sink, until } = require('./support');

describe('instances', () => {
  test('of one module share no state', async () => {
    const [one, other] = [await instance('state'), await instance('state')];
    expect(await one.exports.add(5)).toBe(5);
    expect(await other.exports.add(1)).toBe(1);
    expect(await one.exports.add(5)).toBe(10);
    expect(one.rawExports).not.toBe(other.rawExports);
    expect(one.memory.buffer).not.toBe(other.memory.buffer);
  });

  test('of one module may be called at the same time', async () => {
    const counters = await Promise.all(Array.from({ length: 5 }, () => instance('state')));
    const calls = counters.flatMap(({ exports }) => [1, 2, 3].map((n) => exports.add(n)));
    expect(await Promise.all(calls)).toEqual(Array(5).fill([1, 3, 6]).flat());
  });

  test('of ten modules live side by side', async () => {
    const names = [
      ['types-exports', 'echoInt', [1], 1],
      ['types-sync-imports', 'viaInt', [() => 2, 0], 2],
      ['types-async-imports', 'viaInt', [async () => 3, 0], 3],
      ['strings', 'size', ['four'], 4],
      ['newtypes', 'warmer', [2.5], 5],
      ['many-arguments', 'answer', [], 42],
      ['import-bodies', 'statements', [3], 6],
      ['reentry', 'down', [7], 7],
      ['guide-exports', 'my_fib', [6], 8],
      ['state', 'add', [9], 9],
    ];
    const running = await Promise.all(names.map(([name]) => instance(name)));
    for (let round = 0; round < 2; round += 1) {
      const results = running.map(({ exports }, at) => exports[names[at][1]](...names[at][2]));
      expect((await Promise.all(results)).slice(0, 9)).toEqual(names.slice(0, 9).map((row) => row[3]));
    }
  });

  test('exchange values through JavaScript', async () => {
    const [one, other] = [await instance('callbacks'), await instance('import-safety')];
    const count = await one.exports.counter(5);
    expect(await other.exports.viaSafe(count)).toBe(5);
  });

  test('have their own arguments, environment and output', async () => {
    const [stdout, stderr] = [sink(), sink()];
    const settings = { args: ['one', 'λ two'], env: { NAME: 'vä\nlue' }, stdout, stderr };
    const { exports } = await instance('state', settings);
    expect(await exports.arguments()).toBe('["one","\\955 two"]');
    expect(await exports.variable('NAME')).toBe('Just "v\\228\\nlue"');
    expect(await exports.variable('HOME')).toBe('Nothing');
    await exports.sayOut('to stdout λ');
    await exports.sayErr('to stderr λ');
    await until(() => stdout.text === 'to stdout λ\n' && stderr.text === 'to stderr λ\n');
    expect(await (await instance('state')).exports.arguments()).toBe('[]');
  });

  test('that get a wrong RTS option exit with 1', async () => {
    const stderr = sink();
    const error = await failure(() => instance('state', { rtsOptions: ['--nonsense'], stderr }));
    expect(error).toMatchObject({ code: 'ERR_HS_EXIT', exitCode: 1 });
    await until(() => stderr.text.includes('unknown RTS option: --nonsense'));
  });

  ours('read their own stdin', async () => {
    const { exports } = await instance('state', { stdin: 'first λ\nsecond\n' });
    expect([await exports.readLine(), await exports.readLine()]).toEqual(['first λ', 'second']);
    const error = await failure(() => exports.readLine());
    expect(error.message).toMatch(/end of file/);
  });

  ours('that wait for stdin block neither JavaScript nor each other; their own calls queue up', async () => {
    const stdin = new Readable({ read() {} });
    const [waiting, other] = [await instance('state', { stdin }), await instance('state')];
    const calls = [waiting.exports.readLine(), waiting.exports.add(1)];
    expect(await other.exports.add(2)).toBe(2);
    await new Promise((turn) => setTimeout(turn, 5));
    stdin.push('late\n');
    expect(await Promise.all(calls)).toEqual(['late', 1]);
  });
});

describe('dispose()', () => {
  ours('makes every later call a ClosedError', async () => {
    const running = await instance('state');
    await running.dispose();
    const error = await failure(() => running.exports.add(1));
    expect(error).toBeInstanceOf(engine.ClosedError);
    expect(error).toBeInstanceOf(engine.HsWasmError);
    expect(error).toMatchObject({ code: 'ERR_HS_CLOSED' });
  });

  ours('may be called again, and is what `await using` calls', async () => {
    const running = await instance('state');
    await running.dispose();
    await running.dispose();
    const other = await engine.instantiate(fixture('state'));
    await other[Symbol.asyncDispose]();
    expect(await failure(() => other.exports.add(1))).toMatchObject({ code: 'ERR_HS_CLOSED' });
  });

  ours('leaves other instances of the module alone', async () => {
    const module = await engine.compile(fixture('state'));
    const [one, other] = [await module.instantiate(), await module.instantiate()];
    await one.dispose();
    expect(await other.exports.add(1)).toBe(1);
    await other.dispose();
  });

  ours('makes a callback of the instance a ClosedError', async () => {
    const running = await instance('callbacks');
    const count = await running.exports.counter(1);
    await running.dispose();
    expect(await failure(() => count())).toMatchObject({ code: 'ERR_HS_CLOSED' });
  });
});
