'use strict';
// The option preinitialize: GHC's runtime is started when the module is made, and what belongs to an instance is still its own.

const fs = require('node:fs');
const path = require('node:path');
const { engine, failure, fixture, ours, sink, worldOf } = require('./support');
const { node } = require('./support/process');
const { folder } = require('./support/project');
const { build } = require('./support/reference-build');

const { ExitError, LimitError } = engine;
const root = path.join(__dirname, '..');

const running = new Set();
afterEach(() => {
  for (const { dispose } of running) dispose();
  running.clear();
});

const compiled = (name, options) => engine.compile(fixture(name), { preinitialize: true, ...options });

/** An instance of a fixture, disposed of after the test. */
async function started(name, options) {
  const instance = await (await compiled(name)).instantiate(options);
  running.add(instance);
  return instance;
}

const sections = (wasm) =>
  ['ghc_wasm_jsffi', 'hs_wasm_exports'].map((name) =>
    WebAssembly.Module.customSections(new WebAssembly.Module(wasm), name).map((section) =>
      Buffer.from(section).toString('latin1'),
    ),
  );

describe('the module', () => {
  ours('says that it is one, and has the exports, imports and sections of the other', async () => {
    const [module, plain] = await Promise.all([compiled('state'), engine.compile(fixture('state'))]);
    expect([module.preinitialized, plain.preinitialized]).toEqual([true, false]);
    expect(module.kind).toBe('reactor');
    expect(module.exports).toEqual(plain.exports);
    expect(module.imports).toEqual(expect.arrayContaining(plain.imports));
    expect(sections(module.wasm)).toEqual(sections(plain.wasm));
    expect(sections(module.wasm).flat()).toHaveLength(2);
    const names = (of) => WebAssembly.Module.exports(new WebAssembly.Module(of.wasm)).map(({ name }) => name);
    expect(names(module).sort()).toEqual(names(plain).sort());
  });

  ours(
    'is that also when it is loaded from a file, compiled once and found again, and in outDir',
    async () => {
      const place = folder();
      const phases = [];
      const options = { outDir: place, onProgress: ({ phase }) => phases.push(phase) };
      const module = await compiled('state', options);
      expect(phases).toContain('preinitialize');
      const file = path.join(place, 'Main.wasm');
      expect(fs.readFileSync(file).equals(module.wasm)).toBe(true);
      const loaded = await engine.load(file);
      expect(loaded.preinitialized).toBe(true);
      const instance = await loaded.instantiate();
      running.add(instance);
      expect(await instance.exports.add(3)).toBe(3);
      expect((await compiled('state')).wasm.equals(module.wasm)).toBe(true);
    },
  );

  ours('can have been through binaryen before', async () => {
    const module = await compiled('callbacks', { optimizeWasm: { level: 1 } });
    const { exports, dispose } = await module.instantiate();
    expect(module.preinitialized).toBe(true);
    expect(await (await exports.slow())(1)).toBe(1);
    dispose();
  });

  ours("runs on V8 with GHC's own glue and with ours", async () => {
    const { wasm } = await compiled('state');
    const { wasm: file, glue } = await build(Buffer.from(wasm));
    const own = path.join(folder(), 'own.mjs');
    fs.writeFileSync(own, engine.postLink(wasm));
    for (const each of [glue, own]) {
      const { code, stdout, stderr } = await node(
        '--input-type=module',
        '--eval',
        `import fs from 'node:fs';
         import { WASI } from 'node:wasi';
         import jsffi from '${each}';
         const exports = {};
         const wasi = new WASI({ version: 'preview1', args: ['main', 'one'], env: { SOME: 'value' } });
         const imports = { ...wasi.getImportObject(), ghc_wasm_jsffi: await jsffi(exports) };
         const { instance } = await WebAssembly.instantiate(fs.readFileSync('${file}'), imports);
         Object.assign(exports, instance.exports);
         wasi.initialize(instance);
         console.log(await exports.arguments(), await exports.variable('SOME'), await exports.add(2));
         await exports.sayOut('written');`,
      );
      expect({ code, stderr, stdout }).toEqual({
        code: 0,
        stderr: '',
        stdout: '["one"] Just "value" 2\nwritten\n',
      });
    }
  });
});

describe('an instance', () => {
  ours('has arguments, environment, streams and variables of its own', async () => {
    const module = await compiled('state');
    const made = async (word) => {
      const stdout = sink();
      const stderr = sink();
      const options = { args: [word, '--', '+RTS'], env: { WORD: word }, stdin: `${word}\n`, stdout, stderr };
      const instance = await module.instantiate(options);
      running.add(instance);
      return { ...instance, out: stdout, err: stderr };
    };
    for (const [word, { exports, out, err }] of [
      ['one', await made('one')],
      ['two', await made('two')],
    ]) {
      expect(await exports.arguments()).toBe(`["${word}","--","+RTS"]`);
      expect(await exports.variable('WORD')).toBe(`Just "${word}"`);
      expect(await exports.variable('PATH')).toBe('Nothing');
      expect(await exports.add(2)).toBe(2);
      expect(await exports.readLine()).toBe(word);
      await expect(exports.readLine()).rejects.toThrow(/end of file/);
      await exports.sayOut(word);
      await exports.sayErr(word);
      expect([out.text, err.text]).toEqual([`${word}\n`, `${word}\n`]);
    }
  });

  ours('takes its arguments apart as the runtime does', async () => {
    for (const [args, seen] of [
      [['a', '-RTS', 'b'], '["a","b"]'],
      [['a', '--RTS', '+RTS', '-s'], '["a","+RTS","-s"]'],
      [['+RTSx', ''], '["+RTSx",""]'],
    ]) {
      const { exports } = await started('state', { args });
      const plain = await engine.instantiate(fixture('state'), { args });
      running.add(plain);
      expect([await exports.arguments(), await plain.exports.arguments()]).toEqual([seen, seen]);
    }
  });

  ours('has clocks, chance, folders and terminals of its own', async () => {
    const place = folder();
    const clock = new engine.ManualClock({ now: 86_400_000 });
    const options = { clock, randomSeed: 7, preopens: { '/here': place }, env: { PWD: '/here' } };
    const one = await started('world', options);
    const plain = await engine.instantiate(fixture('world'), options);
    running.add(plain);
    expect(await worldOf(one)).toEqual(await worldOf(plain));
    expect(await one.exports.workingFolder()).toBe('/here');
    const [a, b] = [await started('world'), await started('world')];
    expect(await a.exports.entropy()).not.toBe(await b.exports.entropy());
    expect(await a.exports.elapsed()).toBeLessThanOrEqual(await a.exports.elapsed());
  });

  ours('sleeps, holds no JavaScript values, and reports what it did itself', async () => {
    const { exports, stats } = await started('delays');
    expect(stats().jsvals).toBe(0);
    expect(await exports.sleepers(10, 5)).toBe(10);
    expect(await exports.sleepAtMost(5, 100)).toBe(0);
    const stderr = sink();
    const module = await compiled('world', { preinitialize: { rtsOptions: ['-s', '-A2m'] } });
    const told = await module.instantiate({ stderr });
    await told.exports.keep(1000);
    told.dispose();
    expect(stderr.text).toMatch(/bytes allocated in the heap/);
    expect(Number(/Total +time.*?([\d.]+)s elapsed/.exec(stderr.text.replaceAll('(', ''))[1])).toBeLessThan(
      600,
    );
  });

  ours('keeps to its limits', async () => {
    const module = await compiled('world');
    const error = await failure(() => module.instantiate({ memoryLimitBytes: 2 ** 20 }));
    expect(error).toBeInstanceOf(LimitError);
    const small = await compiled('world', { preinitialize: { rtsOptions: ['-M16m'] } });
    const instance = await small.instantiate({ stderr: 'ignore' });
    running.add(instance);
    expect(await failure(() => instance.exports.keep(10_000_000))).toMatchObject({ code: 'ERR_HS_LIMIT' });
    const counted = await module.instantiate({ fuel: 100_000_000 });
    running.add(counted);
    await counted.exports.keep(10);
    expect(counted.stats().fuel).toBeLessThan(100_000_000);
  });
});

ours('a program with a main and JSFFI is run like any other', async () => {
  const module = await compiled('main-with-jsffi');
  const { exitCode, stdout } = await module.run({ args: ['3', '1'], imports: { print: () => {} } });
  expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: 'before\nafter, without a newline' });
});

describe('options of the runtime that come too late', () => {
  ours('are refused', async () => {
    const error = await failure(() => started('state', { rtsOptions: ['-s'] }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(
      /^options\.rtsOptions: came too late: .*\{ preinitialize: \{ rtsOptions \} \}$/,
    );
  });

  ours.each([
    [{ env: { GHCRTS: '-s' } }, /the variable GHCRTS came too late/],
    [{ args: ['+RTS', '-s'] }, /\+RTS came too late: GHC's runtime was started when the module was made/],
  ])('%j', async (options, message) => {
    const stderr = sink();
    const error = await failure(() => started('state', { ...options, stderr }));
    expect(error).toBeInstanceOf(ExitError);
    expect(stderr.text).toMatch(message);
  });
});

describe('is refused', () => {
  const refusal = async (input, options) => {
    const error = await failure(() => engine.compile(input, options));
    expect(error).toBeInstanceOf(TypeError);
    return error.message;
  };
  const preinitialize = true;

  ours('for a program', async () => {
    expect(await refusal(fixture('command'), { preinitialize })).toMatch(
      /^compile\.options\.preinitialize: is for libraries of exports .* this is a program with a main/,
    );
  });

  ours('for a library with C exports alone, whose runtime its user starts', async () => {
    const source = 'module Alone where\nforeign export ccall "one" one :: Int\none :: Int\none = 1\n';
    expect(await refusal({ source }, { preinitialize })).toMatch(/started by who calls hs_init/);
  });

  ours.each([
    [['-l'], /exits with code 1 while it starts: .*can't open main\.eventlog/],
    [['--nonsense'], /exits with code 1 while it starts: main: unknown RTS option: --nonsense/],
  ])('with the options %j of the runtime', async (rtsOptions, message) => {
    expect(await refusal(fixture('state'), { preinitialize: { rtsOptions } })).toMatch(message);
  });

  ours('for a constructor in C that wants random bytes', async () => {
    const place = folder();
    const c = path.join(place, 'seed.c');
    fs.writeFileSync(
      c,
      '#include <unistd.h>\nstatic char seed[8];\n__attribute__((constructor)) void sow(void) { getentropy(seed, 8); }\n',
    );
    const message = await refusal(fixture('state'), { preinitialize, ghcOptions: [c] });
    expect(message).toMatch(/it calls wasi_snapshot_preview1\.random_get/);
  });

  ours.each([
    [1, /^compile\.options\.preinitialize: must be true, false or an object, found number 1/],
    [{ rtsOptions: ['+RTS'] }, /^compile\.options\.preinitialize\.rtsOptions\[0\]: must be given without/],
    [{ args: [] }, /^compile\.options\.preinitialize\.args: unknown option/],
  ])('%j', async (value, message) => {
    expect(await refusal({ source: '' }, { preinitialize: value })).toMatch(message);
  });
});

ours('the command line has it too', async () => {
  const output = path.join(folder(), 'state.wasm');
  const bin = path.join(root, 'bin', 'hs-wasm.js');
  const built = await node(bin, 'build', fixture('state'), '--preinitialize', '-o', output);
  expect(built).toMatchObject({ code: 0, stderr: '' });
  const { stdout } = await node(bin, 'inspect', output);
  expect(stdout).toMatch(/^state\.wasm: reactor, JSFFI of GHC [\d.]+, preinitialized, /);
});
