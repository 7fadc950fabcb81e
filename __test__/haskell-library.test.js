'use strict';
// The Haskell library that comes with the package (`import HsWasm`), from both sides.

const { EventEmitter } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { PassThrough, Readable, Writable } = require('node:stream');
const { binding, unwrap } = require('../lib/native');
const { engine, failure, fixture, instance, ours, until } = require('./support');
const { project } = require('./support/project');

const library = path.join(__dirname, '..', 'haskell', 'hs-wasm');

/** The package's modules in a wasm module, by what `inspect` finds. */
function modulesOf(wasm) {
  const { packages } = unwrap(binding.inspectModule(wasm));
  return packages.find(({ name }) => name === 'main').modules.map(({ name }) => name);
}

describe('values', () => {
  const scalars = [
    [true, '😀', 0.5],
    [-1, 127, 2 ** 32 - 1],
    [255, 2n ** 64n - 1n, 10n ** 30n],
  ];

  ours('of all types are what they were', async () => {
    const { exports } = await instance('library-convert');
    const both = async (name, value) => {
      const [shown, same] = await exports[name](value);
      expect(same).toEqual(value);
      return shown;
    };
    expect(await both('scalars', scalars)).toBe(
      "((True,'\\128512',0.5),(-1,127,4294967295),(255,18446744073709551615,1000000000000000000000000000000))",
    );
    expect(await both('colors', ['Red', 'Green'])).toBe('[Red,Green]');
    expect(await both('ids', [1n, -(2n ** 63n)])).toBe('[Id 1,Id (-9223372036854775808)]');
    expect(await both('texts', ['', 'λ\ufeff', '\0', 'x'.repeat(1e6)])).toMatch(
      /^\["","\\955\\65279","\\NUL","x+"\]$/,
    );
    expect(await both('bytes', Uint8Array.of(0, 255))).toBe('"\\NUL\\255"');
    expect(await both('bytes', new Uint8Array(0))).toBe('""');
    expect(await both('table', { a: 1, ['__proto__']: null })).toBe(
      'fromList [("__proto__",Nothing),("a",Just 1.0)]',
    );
    expect(await both('unit', undefined)).toBe('()');
  });

  ours('of data types are objects, strings and arrays', async () => {
    const { exports } = await instance('library-convert');
    const shapes = [
      { tag: 'Dot' },
      { tag: 'Circle', contents: 1.5 },
      { tag: 'Line', contents: [1, 2] },
      { tag: 'Box', width: 2, color: 'Red' },
      { tag: 'Box', width: 2, color: null },
    ];
    expect(await exports.shapes(shapes)).toEqual([
      '[Dot,Circle 1.5,Line 1 2,Box {width = 2.0, color = Just Red},Box {width = 2.0, color = Nothing}]',
      shapes,
    ]);
    const ada = { name: 'Ada', age: 36, tags: ['a', 'λ'], best: { name: 'Bo', age: 1, tags: [] } };
    const [shown, same] = await exports.person(ada);
    expect(shown).toContain('name = "Ada", age = 36, tags = ["a","\\955"], best = Just (Person {name = "Bo"');
    expect(same).toEqual({ ...ada, best: { ...ada.best, best: null } });
    expect(JSON.parse(await exports.json(JSON.stringify(ada)))).toMatchObject({ age: 37, best: { age: 1 } });
  });

  ours.each([
    ['person', 1, 'expected an object, found 1'],
    [
      'person',
      { name: 'A', age: '1', tags: [] },
      '.age: expected a whole number from -2147483648 to 2147483647, found "1"',
    ],
    ['person', { name: 'A', age: 1, tags: ['a', 2] }, '.tags[1]: expected a string, found 2'],
    ['person', { name: 'A', age: 1, tags: [], best: {} }, '.best.name: expected a string, found undefined'],
    ['person', { name: 'A', age: 1, tags: 'a' }, '.tags: expected an array, found "a"'],
    ['colors', ['Blue'], '[0]: expected "Red" or "Green", found "Blue"'],
    ['shapes', [{ tag: 'Ring' }], '[0].tag: expected "Dot" or "Circle" or "Line" or "Box", found "Ring"'],
    ['shapes', [{ tag: 'Line', contents: [1] }], '[0].contents: expected an array of 2, found an array of 1'],
    ['shapes', [{ tag: 'Box', width: [] }], '[0].width: expected a number, found an array'],
    [
      'ids',
      [2n ** 63n],
      '[0]: expected a bigint from -9223372036854775808 to 9223372036854775807, found 9223372036854775808n',
    ],
    ['bytes', 'text', 'expected bytes (a Uint8Array, a Buffer or an ArrayBuffer), found "text"'],
    ['texts', null, 'expected an array, found null'],
  ])('of another kind are refused, with their place: %s %j', async (name, value, message) => {
    const { exports } = await instance('library-convert');
    expect(await exports[name](value)).toBe(message);
  });

  ours('whose getters throw are an error of this call only', async () => {
    const { exports } = await instance('library-convert');
    const own = new Error('mine');
    const value = {
      get name() {
        throw own;
      },
    };
    expect((await failure(() => exports.person(value))).cause).toBe(own);
    expect(await failure(() => exports.json('{'))).toMatchObject({ cause: expect.any(SyntaxError) });
    expect(await exports.unit(1)).toEqual(['()', undefined]);
  });
});

describe('streams', () => {
  ours.each([
    ["Node's", () => Readable.from([Buffer.from('ab'), 'λ'])],
    ["the web's", () => new Blob(['ab', 'λ']).stream()],
    ['what can be iterated', () => ['ab', 'λ']],
  ])('are read: %s', async (_, make) => {
    const { exports } = await instance('library-streams');
    expect(await exports.size(make())).toBe(4);
  });

  ours('are written, with backpressure', async () => {
    const { exports } = await instance('library-streams');
    let most = 0;
    const slow = new Writable({
      highWaterMark: 65_536,
      write(_chunk, _encoding, done) {
        most = Math.max(most, slow.writableLength);
        setImmediate(done);
      },
    });
    await exports.fill(slow, 20);
    expect(most).toBe(65_536);
    const through = new PassThrough();
    const [text] = await Promise.all([
      through.toArray(),
      exports.upper(Readable.from(['abc', 'def']), through),
    ]);
    expect(Buffer.concat(text).toString()).toBe('ABCDEF');
    const chunks = [];
    const web = new WritableStream({ write: (chunk) => void chunks.push(...chunk) });
    await exports.upper(['z'], web);
    expect(Buffer.from(chunks).toString()).toBe('Z');
  });

  ours('are made, and end with what fails', async () => {
    const running = await instance('library-streams');
    const stream = await running.exports.numbers(3);
    expect(stream).toBeInstanceOf(Readable);
    expect((await stream.toArray()).join('')).toBe('0\n1\n2\n');
    expect(running.stats().callbacks).toBe(0);
    await expect((await running.exports.numbers(2000)).toArray()).rejects.toThrow('too far');
    expect(running.stats().callbacks).toBe(0);
  });

  ours('that fail are exceptions, and those that are not wanted any more are closed', async () => {
    const { exports } = await instance('library-streams');
    const own = new Error('mine');
    const broken = new Readable({ read: () => broken.destroy(own) });
    expect((await failure(() => exports.size(broken))).cause).toBe(own);
    const closed = new Writable({ write: (_chunk, _encoding, done) => done(own) });
    closed.on('error', () => {});
    expect((await failure(() => exports.fill(closed, 1))).cause).toBe(own);
    const endless = Readable.from(
      (function* () {
        for (;;) yield 'on';
      })(),
    );
    await expect(exports.firstOnly(endless)).rejects.toThrow('enough: on');
    expect(endless.destroyed).toBe(true);
    expect(await exports.buffer(Uint16Array.of(0x0201))).toEqual(Buffer.of(2, 1));
  });
});

describe('events', () => {
  ours.each([
    [
      'an emitter',
      () => new EventEmitter(),
      (emitter, value) => emitter.emit('data', value),
      (emitter) => emitter.listenerCount('data'),
    ],
    [
      'a target',
      () => new EventTarget(),
      (target, value) => target.dispatchEvent(Object.assign(new Event('data'), { value })),
      () => 0,
    ],
  ])('of %s are heard until nobody listens', async (_, make, send, count) => {
    const running = await instance('library-events');
    const source = make();
    const collected = running.exports.collect(source, 2);
    await until(() => running.stats().callbacks === 1);
    for (const value of [1, 2, 3]) send(source, value);
    expect((await collected).map((each) => each.value ?? each)).toEqual([1, 2]);
    await until(() => running.stats().callbacks === 0);
    expect(count(source)).toBe(0);
  });

  ours('are waited for and emitted', async () => {
    const { exports } = await instance('library-events');
    const emitter = new EventEmitter();
    const first = exports.firstOf(emitter, 'ready');
    await until(() => emitter.listenerCount('ready') === 1);
    emitter.emit('ready', 1, 'two');
    expect(await first).toEqual([1, 'two']);
    const own = new Error('mine');
    const failing = exports.firstOf(emitter, 'ready').catch((error) => error.cause);
    await until(() => emitter.listenerCount('ready') === 1);
    emitter.emit('error', own);
    expect(await failing).toBe(own);
    expect(await exports.greet(emitter)).toBe(0);
    const heard = jest.fn();
    emitter.on('greeting', heard);
    expect([await exports.greet(emitter), heard.mock.calls]).toEqual([1, [['hello']]]);
    await expect(exports.collect({}, 1)).rejects.toThrow(/is not a function/);
  });
});

describe('AbortSignal', () => {
  ours('ends Haskell that waits, with its reason', async () => {
    const running = await instance('library-events');
    const controller = new AbortController();
    const sleeping = running.exports.sleepy(controller.signal).catch((error) => error);
    await until(() => running.stats().callbacks === 1);
    const own = new Error('mine');
    controller.abort(own);
    expect((await sleeping).cause).toBe(own);
    await until(() => running.stats().callbacks === 0);
    expect((await failure(() => running.exports.sleepy(controller.signal))).cause).toBe(own);
  });

  ours('tells JavaScript when Haskell gives up', async () => {
    const own = new Error('mine');
    let given;
    const slow = (signal) => {
      given = signal;
      return Promise.reject(own);
    };
    const { exports } = await instance('library-events', { imports: { slow } });
    expect((await failure(() => exports.gaveUp())).cause).toBe(own);
    expect(given.aborted).toBe(true);
    await expect(exports.guarded()).rejects.toThrow('guarded');
  });
});

describe('synchronous imports', () => {
  ours('may throw, which Haskell sees', async () => {
    const { exports } = await instance('library-events');
    expect(await exports.parseOr('{"a": 1}', 0)).toEqual({ a: 1 });
    expect(await exports.parseOr('{', 'other')).toBe('other');
    expect(await exports.parseOrThrow('{')).toBe('SyntaxError');
    expect(await exports.parseOrThrow('[1]')).toEqual([1]);
  });
});

describe('a callback for one call', () => {
  ours('is freed with it, and does nothing afterwards', async () => {
    const running = await instance('library-events');
    const call = await running.exports.once('kept');
    expect(running.stats().callbacks).toBe(1);
    expect(await call('given')).toEqual(['kept', 'given']);
    expect(running.stats().callbacks).toBe(0);
    expect(await call('again')).toBeUndefined();
  });
});

describe('what is not used', () => {
  const source = 'foreign export javascript "f" f :: Int\nf :: Int\nf = 1\n';
  const ofLibrary = (modules) => modules.filter((name) => name.startsWith('HsWasm'));

  ours('is not in the module', async () => {
    const { wasm } = await engine.compile({ source: `module Plain where\n${source}` });
    expect(modulesOf(wasm)).toEqual(['Plain']);
    const some = await engine.compile({ source: `module Some where\nimport HsWasm.Try\n${source}` });
    expect(ofLibrary(modulesOf(some.wasm))).toEqual([]);
    const { wasm: events } = await engine.compile(fixture('library-events'));
    expect(ofLibrary(modulesOf(events))).toEqual(expect.arrayContaining(['HsWasm.Event', 'HsWasm.Try']));
    expect(ofLibrary(modulesOf(events))).not.toContain('HsWasm.Stream');
  });

  ours('gives way to modules of the same name', async () => {
    const root = project({
      'Main.hs': `module Main where\nimport HsWasm.Try (mine)\n${source.replace('= 1', '= mine')}`,
      'HsWasm/Try.hs': 'module HsWasm.Try where\nmine :: Int\nmine = 7\n',
    });
    const running = await engine.instantiate(root);
    expect(await running.exports.f()).toBe(7);
    running.dispose();
  });
});

describe('options for the own modules', () => {
  ours('do not concern the library', async () => {
    const ghcOptions = [
      '-Wall',
      '-Werror',
      '-XStrict',
      '-XOverloadedStrings',
      '-XNoImplicitPrelude',
      '-XRebindableSyntax',
    ];
    const source = `module Main where
import Prelude (Int, IO)
import HsWasm
foreign export javascript "f" f :: JSVal -> IO Int
f :: JSVal -> IO Int
f = fromJS
`;
    const { exports, dispose } = await engine.instantiate({ source }, { ghcOptions });
    expect(await exports.f(3)).toBe(3);
    dispose();
  });
});

describe('as a package of cabal', () => {
  ours('it is the same', async () => {
    const source = `module Main where
import HsWasm.Convert
import HsWasm.Value
foreign export javascript "twice" twice :: JSVal -> IO JSVal
twice :: JSVal -> IO JSVal
twice value = fromJS value >>= \\numbers -> toJS (numbers <> numbers :: [Int])
`;
    const running = await engine.instantiate({ source }, { packages: [library] });
    expect(await running.exports.twice([1, 2])).toEqual([1, 2, 1, 2]);
    running.dispose();
  });
});

test('the cabal package has all modules', () => {
  const text = fs.readFileSync(path.join(library, 'hs-wasm.cabal'), 'utf8');
  const listed = [...text.matchAll(/^ {4}(HsWasm[\w.]*)$/gm)].map(([, name]) => name);
  const files = fs
    .readdirSync(path.join(library, 'src'), { recursive: true })
    .filter((name) => name.endsWith('.hs'));
  expect(listed.sort()).toEqual(
    files.map((name) => name.replace('.hs', '').replaceAll(path.sep, '.')).sort(),
  );
});
