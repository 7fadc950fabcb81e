'use strict';
// CPU profiles, event logs and heap profiles of real programs, from the interface.

const { compile } = require('..');
const { readEventLog, spansOf } = require('../lib/profile/event-log.js');
const { selfOf } = require('../lib/profile/firefox.js');
const { nodeIn } = require('./support/process');
const { fixture } = require('./support/fixtures');

// The first run of a fixture waits for GHC and Cranelift.
jest.setTimeout(180_000);

const compiled = (name) => compile(fixture(name), { optimize: 1 });
const program = () => compiled('profile-program');
const library = () => compiled('profile-exports');

/** Whether the tables of a profile agree with each other, as who shows it takes for granted. */
function checkTables({ threads, shared, counters }) {
  for (const { funcTable, frameTable, stackTable, samples, markers } of threads) {
    for (const table of [funcTable, frameTable, stackTable, samples, markers]) {
      const columns = Object.values(table).filter(Array.isArray);
      expect(columns.map(({ length }) => length)).toEqual(columns.map(() => table.length));
    }
    expect([...funcTable.name, ...markers.name].every((name) => name in shared.stringArray)).toBe(true);
    expect(frameTable.func.every((func) => func < funcTable.length)).toBe(true);
    expect(stackTable.frame.every((frame) => frame < frameTable.length)).toBe(true);
    expect(stackTable.prefix.every((below, at) => below === null || below < at)).toBe(true);
    expect(samples.stack.every((stack) => stack < stackTable.length)).toBe(true);
    expect(samples.timeDeltas.every((delta) => delta >= 0)).toBe(true);
  }
  for (const { samples } of counters) {
    expect(samples.count).toHaveLength(samples.length);
    expect(samples.timeDeltas).toHaveLength(samples.length);
  }
}

const markersOf = ({ threads: [{ markers }], shared }, type) =>
  markers.data
    .map((data, at) => ({ ...data, name: shared.stringArray[markers.name[at]], phase: markers.phase[at] }))
    .filter((marker) => marker.type === type);

describe('module.profile()', () => {
  test("shows what a program computed, by Haskell's names", async () => {
    const { value, firefox, heap, eventLog } = await (await program()).profile({ args: ['20000', '8'] });
    expect(value).toMatchObject({ exitCode: 0, stdout: '20000\n'.repeat(8) });
    expect({ heap, eventLog }).toEqual({ heap: undefined, eventLog: undefined });
    checkTables(firefox);
    const names = selfOf(firefox).map(({ name }) => name);
    expect(names).toContainEqual(expect.stringMatching(/^Data\.Map\.(Strict\.)?Internal\./));
    expect(firefox.meta.product).toBe('Main');
  });

  test('shows threads, collections, the heap and what the program says of itself', async () => {
    const options = { args: ['20000', '4'], cpu: false, events: true };
    const { firefox, eventLog } = await (await program()).profile(options);
    checkTables(firefox);
    expect(firefox.threads[0].samples.length).toBe(0);
    expect(markersOf(firefox, 'UserEvent')).toEqual([
      { type: 'UserEvent', name: 'traceEvent', text: 'it begins', phase: 0 },
      { type: 'UserEvent', name: 'traceMarker', text: 'it ends', phase: 0 },
    ]);
    const threads = markersOf(firefox, 'HaskellThread');
    expect(threads).toContainEqual(
      expect.objectContaining({ name: expect.stringMatching(/^the worker \(\d+\)$/), text: 'finished' }),
    );
    expect(threads).toContainEqual(expect.objectContaining({ text: 'waits for an MVar' }));
    expect(markersOf(firefox, 'Collection').length).toBeGreaterThan(0);
    expect(firefox.counters[0].samples.length).toBeGreaterThan(0);
    expect(readEventLog(eventLog).unixMs).toBeGreaterThan(0);
  });

  test('draws the heap', async () => {
    // In a process of its own: Jest has no import() for what draws.
    const code = `
      const { compile } = require(${JSON.stringify(require.resolve('..'))});
      compile(${JSON.stringify(fixture('profile-program'))}, { optimize: 1 })
        .then((module) => module.profile({ args: ['20000', '40'], heap: true, heapIntervalMs: 1 }))
        .then(({ heap }) => console.log(JSON.stringify(heap)));`;
    const { stdout, stderr } = await nodeIn(__dirname, '--eval', code);
    expect(stderr).toBe('');
    const { hp, svg } = JSON.parse(stdout);
    expect(hp).toMatch(/^JOB "Main/);
    expect(svg).toMatch(/^<svg [^]*<\/svg>\n$/);
  });

  test('makes an instance, and ends it when what was done with it has ended', async () => {
    const module = await library();
    let kept;
    const { value, firefox } = await module.profile(async (instance) => {
      kept = instance;
      return instance.exports.collatz(30_000);
    });
    expect(value).toBe(307);
    expect(selfOf(firefox)[0].name).toMatch(/^Profiled\.|^_blk_/);
    await expect(kept.exports.collatz(1)).rejects.toMatchObject({ code: 'ERR_HS_CLOSED' });
    await expect(module.profile(({ exports }) => exports.fails())).rejects.toThrow(/on purpose/);
  });

  test('has lines of Haskell where GHC was told to write them', async () => {
    const module = await compile(fixture('profile-exports'), {
      ghcOptions: ['-finfo-table-map'],
    });
    const { firefox } = await module.profile(({ exports }) => exports.collatz(30_000));
    const [{ funcTable }] = firefox.threads;
    const texts = firefox.shared.stringArray;
    const of = (name) => funcTable.name.findIndex((each) => texts[each].startsWith(name));
    const steps = of('Profiled.');
    expect(texts[funcTable.fileName[steps]]).toMatch(/profile-exports.Main\.hs$/);
    expect(funcTable.lineNumber[steps]).toBeGreaterThanOrEqual(10);
    expect(funcTable.fileName[of('StgRun')] ?? null).toBe(null);
  });

  test.each([
    [[undefined], /^profile\.use: must be a function/],
    [
      [() => 1, { intervalMs: 0 }],
      /^profile\.options\.intervalMs: must be a whole number of milliseconds from 1/,
    ],
    [[() => 1, { cpus: true }], /^profile\.options\.cpus/],
  ])('refuses %j', async (args, message) => {
    const module = await library();
    await expect(module.profile(...args)).rejects.toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringMatching(message) }),
    );
  });
});

describe('instance.profile()', () => {
  test('samples an instance that lives, wherever its calls run', async () => {
    const module = await library();
    for (const thread of ['main', 'worker', 'auto']) {
      const instance = await module.instantiate({ thread });
      await instance.exports.collatz(10);
      const { value, firefox } = await instance.profile(() => instance.exports.collatz(30_000));
      expect(value).toBe(307);
      checkTables(firefox);
      expect(firefox.threads[0].samples.length).toBeGreaterThan(1);
      expect(await instance.exports.collatz(10)).toBe(19);
      instance.dispose();
    }
  });

  test('samples guests that have fuel', async () => {
    const instance = await (await library()).instantiate({ fuel: 10_000_000_000 });
    const { firefox } = await instance.profile(() => instance.exports.collatz(30_000));
    expect(firefox.threads[0].samples.length).toBeGreaterThan(0);
    instance.dispose();
  });

  test('gives the error of what was done, and is over then', async () => {
    const instance = await (await library()).instantiate();
    await expect(instance.profile(() => instance.exports.fails())).rejects.toThrow(/on purpose/);
    const { firefox } = await instance.profile(() => 1);
    expect(firefox.threads[0].samples.length).toBe(0);
    instance.dispose();
  });
});

describe('an event log', () => {
  const recorded = async () =>
    Buffer.from(
      (await (await program()).profile({ args: ['2000', '2'], cpu: false, events: true })).eventLog,
    );

  test('that was cut off is read up to there', async () => {
    const whole = await recorded();
    const begins = whole.indexOf('datb');
    const all = readEventLog(whole).events.length;
    // Past its header, which is most of it; the last event is the end of the log.
    const some = readEventLog(whole.subarray(0, begins + (whole.length - begins) / 2)).events.length;
    expect(some).toBeGreaterThan(0);
    expect(some).toBeLessThan(all);
  });

  test('has spans that end after they begin, one thread at a time', async () => {
    const spans = spansOf(readEventLog(await recorded())).filter(({ kind }) => kind === 'thread');
    spans.forEach(({ from, to }, at) => {
      expect(to).toBeGreaterThanOrEqual(from);
      expect(from).toBeGreaterThanOrEqual(spans[at - 1]?.to ?? 0);
    });
  });

  test.each([[''], ['JOB "x"'], ['hdrbhetbetb']])('that is none is refused: %j', (text) => {
    expect(() => readEventLog(Buffer.from(text))).toThrow(SyntaxError);
  });
});
