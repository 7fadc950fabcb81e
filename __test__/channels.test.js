'use strict';
// What is published on the channels of node:diagnostics_channel.

const { AsyncLocalStorage } = require('node:async_hooks');
const { channel, tracingChannel } = require('node:diagnostics_channel');
const { compile, load } = require('..');
const { failure, instance, onReference } = require('./support');
const { fixture } = require('./support/fixtures');
const { guest } = require('./support/guests');

const FOREVER = 60_000_000;

/** Undoes what a test has subscribed to. */
const undo = [];
afterEach(() => undo.splice(0).forEach((each) => each()));

/** The messages of a channel from now on. */
function heard(name) {
  const messages = [];
  const hear = (message) => messages.push(message);
  channel(name).subscribe(hear);
  undo.push(() => channel(name).unsubscribe(hear));
  return messages;
}

/** The phases of a tracing channel from now on, each with its message as it was then. */
function traced(name) {
  const phases = [];
  const listeners = Object.fromEntries(
    ['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map((phase) => [
      phase,
      (message) => phases.push([phase, { ...message }]),
    ]),
  );
  tracingChannel(name).subscribe(listeners);
  undo.push(() => tracingChannel(name).unsubscribe(listeners));
  return phases;
}

const names = (phases) => phases.map(([phase]) => phase);

(onReference ? describe.skip : describe)('channels', () => {
  test('a call that resolves is a span with its result', async () => {
    const phases = traced('hs-wasm.call');
    const { exports } = await instance('computing');
    expect(await exports.compute(1)).toBe(1_015_568_748);
    expect(names(phases)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
    expect(phases.at(-1)[1]).toEqual({
      name: 'hs-wasm call compute',
      attributes: { 'code.function.name': 'compute', 'hs_wasm.module.name': 'Main' },
      result: 1_015_568_748,
    });
  });

  test('a call that rejects is a span with the error, which the caller gets as it is', async () => {
    const phases = traced('hs-wasm.call');
    const { exports } = await instance('computing');
    const wrong = new Error('wrong');
    const error = await failure(() => exports.wait(Promise.reject(wrong)));
    expect(error).toBeInstanceOf(WebAssembly.RuntimeError);
    expect(names(phases)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
    expect(phases.at(-1)[1].error).toBe(error);
  });

  test('a synchronous export is a span without asynchronous phases', async () => {
    const phases = traced('hs-wasm.call');
    const module = await load(await guest('computing'));
    const { exports } = await module.instantiate();
    expect(exports.count()).toBe(1);
    expect(names(phases)).toEqual(['start', 'end']);
    expect(phases[1][1].result).toBe(1);
  });

  test('a call by name is one span', async () => {
    const phases = traced('hs-wasm.call');
    const { call } = await instance('computing');
    await call('compute', [1], { timeoutMs: FOREVER });
    expect(names(phases)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
  });

  test('an instance made before anybody listened does not tell', async () => {
    const { exports } = await instance('computing');
    const phases = traced('hs-wasm.call');
    await exports.compute(1);
    expect(phases).toEqual([]);
  });

  test('the context of a store that is bound to the start holds during the call', async () => {
    const store = new AsyncLocalStorage();
    traced('hs-wasm.call');
    const { start } = tracingChannel('hs-wasm.call');
    start.bindStore(store, ({ name }) => name);
    undo.push(() => start.unbindStore(store));
    const { exports } = await instance('computing');
    const seen = [];
    await exports.chat(1, () => seen.push(store.getStore()));
    expect(seen).toEqual(['hs-wasm call chat']);
  });

  test('compiling, loading and instantiating are spans', async () => {
    const phases = ['compile', 'load', 'instantiate'].map((name) => traced(`hs-wasm.${name}`));
    const file = fixture('computing');
    const module = await compile(file);
    (await module.instantiate()).dispose();
    const ends = phases.map((each) => each.at(-1));
    expect(ends.map(([phase]) => phase)).toEqual(['asyncEnd', 'asyncEnd', 'asyncEnd']);
    const [compiled, loaded, instantiated] = ends.map(([, { attributes }]) => attributes);
    expect(compiled).toEqual({
      'code.file.path': file,
      'hs_wasm.optimize': 1,
      'hs_wasm.module.name': 'Main',
      'hs_wasm.cache.hit': expect.any(Boolean),
    });
    expect(loaded).toMatchObject({ 'hs_wasm.module.name': 'Main' });
    expect(instantiated).toEqual({ 'hs_wasm.module.name': 'Main', 'hs_wasm.thread': 'auto' });
    await compile(file);
    expect(phases[0].at(-1)[1].attributes['hs_wasm.cache.hit']).toBe(true);
  });

  test('what does not compile is a span with the error', async () => {
    const phases = traced('hs-wasm.compile');
    const error = await failure(() => compile(fixture('bad-types')));
    expect(phases.at(-1)).toEqual(['asyncEnd', expect.objectContaining({ error })]);
  });

  test('a limit that is reached is told once, with its error', async () => {
    const messages = heard('hs-wasm.limit');
    const { call } = await instance('computing');
    const error = await failure(() => call('compute', [-1], { timeoutMs: 20 }));
    expect(messages).toEqual([
      {
        name: 'hs-wasm limit',
        attributes: { 'hs_wasm.module.name': 'Main', 'hs_wasm.limit': 'time' },
        error,
      },
    ]);
  });

  test('a call that leaves the JavaScript thread is told', async () => {
    const messages = heard('hs-wasm.migrate');
    const { call, stats } = await instance('computing', { sliceMs: 1 });
    await failure(() => call('compute', [-1], { timeoutMs: 200 }));
    expect(messages.length).toBeGreaterThan(0);
    expect(messages[0].attributes).toEqual({ 'hs_wasm.module.name': 'Main' });
    expect(stats().migrations).toBe(messages.length);
  });
});
