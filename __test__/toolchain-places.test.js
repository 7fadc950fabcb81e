'use strict';
// Compilers of other installers, by stand-ins in their layout, and what doctor says of every place.

const fs = require('node:fs');
const path = require('node:path');
const { Machine, id, realCommands, relay, root, script } = require('./support/machines');
const { nodeIn } = require('./support/process');
const { onReference } = require('./support');

jest.setTimeout(180_000);

/** A machine without a compiler. */
const bare = () => {
  const machine = new Machine();
  const own = path.dirname(process.execPath);
  machine.env.PATH = [own, '/usr/local/bin', '/usr/bin', '/bin'].join(path.delimiter);
  return machine;
};

/** What `hs-wasm toolchain doctor --json` found, by name. */
async function doctor(machine) {
  const { code, stdout } = await machine.run(['toolchain', 'doctor', '--json']);
  return { code, checks: Object.fromEntries(JSON.parse(stdout).map(({ name, ...check }) => [name, check])) };
}

/** Puts a stand-in, and gives the file in which it notes that it was called. */
async function putGhc(machine, ...at) {
  const log = machine.path('calls');
  script(machine.path(...at), relay(path.join(await realCommands(), 'wasm32-wasi-ghc'), log));
  return log;
}

const META = ['home', '.ghc-wasm', 'wasm32-wasi-ghc', 'bin', 'wasm32-wasi-ghc'];

(onReference ? describe.skip : describe)('a compiler of', () => {
  test.each([
    ['ghc-wasm-meta', '~/.ghc-wasm', META],
    ['ghcup', 'ghcup', ['home', '.ghcup', 'bin', 'wasm32-wasi-ghc-9.10.3']],
  ])('%s is found, compiles and is named by doctor', async (source, name, at) => {
    const machine = bare();
    const log = await putGhc(machine, ...at);
    const program = `
      const { toolchain, run } = require(${JSON.stringify(root)});
      toolchain.find().then(async (found) => {
        const { stdout } = await run({ source: 'main = putStrLn "by ' + found.source + '"' });
        console.log(JSON.stringify({ ...found, stdout }));
      });`;
    const { code, stdout, stderr } = await nodeIn({ cwd: machine.folder, env: machine.env }, '-e', program);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ ghc: machine.path(...at), source, stdout: `by ${source}\n` });
    expect(fs.readFileSync(log, 'utf8')).toContain(machine.path(...at));
    const { code: ill, checks } = await doctor(machine);
    expect(ill).toBe(0);
    expect(checks[name].message).toBe(`GHC 9.10.3: ${machine.path(...at)}`);
    expect(checks.compiler.message).toContain(`is used (${name}): ${machine.path(...at)}`);
    expect((await machine.run(['toolchain', 'path'])).stdout).toBe(`${path.dirname(machine.path(...at))}\n`);
    expect(await machine.run(['toolchain', 'pack', 'x'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('compilers of other installers cannot be packed'),
    });
  });
});

(onReference ? describe.skip : describe)('doctor', () => {
  test('says where it looked when there is nothing, and what to do', async () => {
    const machine = bare();
    const { code, checks } = await doctor(machine);
    expect(code).toBe(1);
    expect(checks).toEqual({
      cache: { ok: true, message: `${machine.cache} can be written` },
      HS_WASM_GHC: { ok: true, message: 'not set' },
      PATH: { ok: true, message: 'no wasm32-wasi-ghc in 4 folders' },
      '~/.ghc-wasm': { ok: true, message: `no wasm32-wasi-ghc in ${path.dirname(machine.path(...META))}` },
      ghcup: { ok: true, message: `no wasm32-wasi-ghc in ${machine.path('home', '.ghcup', 'bin')}` },
      'installed by hs-wasm': { ok: true, message: `no wasm32-wasi-ghc in ${machine.prefix}` },
      compiler: {
        ok: false,
        message: expect.stringContaining('no GHC that makes WebAssembly was found'),
        fix: expect.stringContaining('hs-wasm toolchain install'),
      },
      install: expect.objectContaining({
        message: expect.stringMatching(/^hs-wasm can(not)? build a compiler/),
      }),
    });
    expect(fs.existsSync(machine.cache)).toBe(false);
  });

  test('says whether a command and a reactor work, and of which ABI', async () => {
    const machine = bare();
    await machine.install();
    const { code, checks } = await doctor(machine);
    expect(checks.command).toEqual({ ok: true, message: 'a program with a main compiles and runs' });
    expect(checks.reactor).toEqual({
      ok: true,
      message: expect.stringMatching(/\(JSFFI of the ABI 9\.1[04]\)$/),
    });
    expect(checks['installed by hs-wasm'].message).toBe(`GHC 9.10.3: ${machine.prefix}/bin/wasm32-wasi-ghc`);
    expect(code).toBe(0);
    const { stdout } = await machine.run(['toolchain', 'doctor']);
    expect(stdout).toContain('ok   reactor: Haskell calls JavaScript');
  });

  test('says what does not work, and how to mend it', async () => {
    const machine = bare();
    await machine.install();
    // It answers questions, and cannot compile.
    const real = path.join(await realCommands(), 'wasm32-wasi-ghc');
    script(
      machine.path(...META),
      `#!/bin/sh\n[ "$1" = --info ] && exec "${real}" --info\necho 'cannot load libtinfo' >&2\nexit 127\n`,
    );
    const { code, checks } = await doctor(machine);
    expect(code).toBe(1);
    for (const name of ['command', 'reactor']) {
      expect(checks[name]).toEqual({
        ok: false,
        message: expect.stringContaining('cannot load libtinfo'),
        fix: expect.stringContaining('mend that compiler'),
      });
    }
    // One that does not even answer is passed over.
    script(machine.path(...META), "#!/bin/sh\necho 'no such loader' >&2\nexit 127\n");
    const passed = await doctor(machine);
    expect(passed.code).toBe(0);
    expect(passed.checks['~/.ghc-wasm'].message).toContain('no such loader');
    expect(passed.checks.compiler.message).toContain(id);
  });

  test('says that what HS_WASM_GHC names is not there, though another is', async () => {
    const machine = bare();
    await machine.install();
    machine.env.HS_WASM_GHC = machine.path('nowhere');
    const { code, checks } = await doctor(machine);
    expect(code).toBe(1);
    expect(checks.HS_WASM_GHC).toMatchObject({ ok: false, message: expect.stringContaining('nowhere') });
    expect(checks.compiler).toMatchObject({ ok: false, message: expect.stringContaining('HS_WASM_GHC') });
  });
});
