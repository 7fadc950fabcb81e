'use strict';
// Modules of unusual shapes: initialised at build time, and with exceptions of wasm's own in either form.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { engine, failure, ours } = require('./support');
const { assemble } = require('./support/guests');
const { node, withoutPackage } = require('./support/process');

const { TrapError } = engine;
const root = path.join(__dirname, '..');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-shapes-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

describe('a module that was initialised at build time', () => {
  // As wizer leaves it: neither `_initialize` nor `_start`, what they did is in the data.
  const initialised = () =>
    assemble(`(module
      (import "ghc_wasm_jsffi" "newJSVal" (func $new (param externref) (result i32)))
      (import "ghc_wasm_jsffi" "getJSVal" (func $get (param i32) (result externref)))
      (import "ghc_wasm_jsffi" "freeJSVal" (func $free (param i32)))
      (import "ghc_wasm_jsffi" "greet" (func $greet (param externref) (result externref))) ;; ($1) => 'hello ' + $1
      (memory (export "memory") 1)
      (data (i32.const 64) "\\2a\\00\\00\\00")
      (func (export "state") (result i32) (i32.load (i32.const 64)))
      (func (export "greetLater") (param externref) (result externref) (local $key i32)
        (local.set $key (call $new (local.get 0)))
        (call $greet (call $get (local.get $key)))
        (call $free (local.get $key))))`);

  ours('is a reactor that is ready at once', async () => {
    const module = await engine.load(await initialised());
    expect(module).toMatchObject({ kind: 'reactor', usesJSFFI: true });
    expect(module.exports.map(({ name }) => name)).toEqual(['state', 'greetLater']);
    const { exports, stats, dispose } = await module.instantiate();
    expect(exports.state()).toBe(42);
    expect(await exports.greetLater('wizer')).toBe('hello wizer');
    expect(stats().jsvals).toBe(0);
    dispose();
  });

  ours('has its own memory in each instance', async () => {
    const module = await engine.load(await initialised());
    const [one, other] = await Promise.all([module.instantiate(), module.instantiate()]);
    new Int32Array(one.memory.buffer)[16] = 7;
    expect([one.exports.state(), other.exports.state()]).toEqual([7, 42]);
    one.dispose();
    other.dispose();
  });
});

describe("wasm's own exceptions", () => {
  // (func (export "f") (result i32) (try (result i32) (do (throw $tag (i32.const 7))) (catch $tag)))
  const legacy = Buffer.from(
    '0061736d0100000001090260017f006000017f030201010d030100000705010166' +
      '00000a0d010b00067f4107080007000b0b',
    'hex',
  );
  // What wasm-opt 132 makes of it.
  const translated = Buffer.from(
    '0061736d0100000001090260017f006000017f030201010d03010000070501016600000a1d01' +
      '1b01017f027f027f1f7f01000000410708000b0c010b210020000b0b0005046e616d65',
    'hex',
  );

  /** Loads a module in a process without binaryen's package and with nothing on its PATH but `place`, and prints what comes of it. */
  function load(place, input = `'${path.join(folder, 'legacy.wasm')}'`) {
    fs.writeFileSync(path.join(folder, 'legacy.wasm'), legacy);
    const code = `${withoutPackage('binaryen')}
      process.env.PATH = ${JSON.stringify(place)};
      process.env.HS_WASM_CACHE = ${JSON.stringify(path.join(folder, 'cache'))};
      const { instantiate } = require(${JSON.stringify(root)});
      instantiate(${input}).then(
        ({ exports }) => console.log(exports.f()),
        (error) => console.log(error.constructor.name, error.code, error.message),
      );`;
    return node('-e', code);
  }

  /** A folder with a wasm-opt of the shape given. */
  function tools(name, script) {
    const place = path.join(folder, name);
    fs.mkdirSync(place, { recursive: true });
    fs.writeFileSync(path.join(place, 'wasm-opt'), `#!${process.execPath}\n${script}`, { mode: 0o755 });
    return place;
  }

  ours('in their standard form are run', async () => {
    const { exports, dispose } = await engine.instantiate(translated);
    expect(exports.f()).toBe(7);
    dispose();
  });

  ours('in their legacy form need binaryen, and the error says so', async () => {
    const { code, stdout, stderr } = await load(path.join(folder, 'nothing'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^LinkError ERR_HS_INVALID_MODULE .*legacy\.wasm uses the legacy form of exception handling/,
    );
    expect(stdout).toMatch(/npm install binaryen/);
    const bytes = await load(path.join(folder, 'nothing'), `Buffer.from('${legacy.toString('hex')}', 'hex')`);
    expect(bytes.stdout).toMatch(/^LinkError ERR_HS_INVALID_MODULE the module uses the legacy form/);
  });

  ours('in their legacy form are translated by binaryen, once', async () => {
    const log = path.join(folder, 'log');
    const tool = tools(
      'working',
      `const fs = require('fs');
       const args = process.argv.slice(2);
       const [input, , output] = args.slice(-3);
       const right = args.includes('--translate-to-exnref') && fs.readFileSync(input, 'hex') === '${legacy.toString('hex')}';
       fs.appendFileSync(${JSON.stringify(log)}, 'called');
       fs.writeFileSync(output, right ? '${translated.toString('hex')}' : '', 'hex');`,
    );
    for (const run of [1, 2]) {
      expect([run, await load(tool)]).toEqual([run, { code: 0, stdout: '7\n', stderr: '' }]);
    }
    expect(fs.readFileSync(log, 'utf8')).toBe('called');
  });

  ours('say why when the translation fails', async () => {
    fs.rmSync(path.join(folder, 'cache'), { recursive: true });
    const { stdout } = await load(tools('failing', 'console.error("no such pass"); process.exit(1)'));
    expect(stdout).toMatch(/^LinkError ERR_HS_INVALID_MODULE .*could not translate it: no such pass/);
  });

  ours('are a trap where nobody catches them', async () => {
    // (func (export "f") (throw $tag))
    const wasm = Buffer.from(
      '0061736d01000000010401600000030201000d03010000070501016600000a0601040008000b',
      'hex',
    );
    const { exports } = await engine.instantiate(wasm);
    const error = await failure(async () => exports.f());
    expect(error).toBeInstanceOf(TrapError);
    expect(error).toMatchObject({ trap: 'UncaughtException', message: expect.stringMatching(/not caught/) });
  });
});
