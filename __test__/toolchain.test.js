'use strict';
// Packing, moving and installing compilers: each machine is a folder, each command a process of its own.

const fs = require('node:fs');
const path = require('node:path');
const { toolchain } = require('..');
const { Machine, copyOfCompiler, folder, id, served } = require('./support/machines');
const { onReference } = require('./support');

jest.setTimeout(180_000);

let here; // has a compiler
let archive; // it, packed
let bytes;
let address;

beforeAll(async () => {
  here = await new Machine().install();
  archive = here.path('toolchain.tar.zst');
  const { code, stdout, stderr } = await here.run(['toolchain', 'pack', archive]);
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: expect.stringMatching(new RegExp(`^${id}, \\d+ MB: `)),
    stderr: expect.stringContaining('✓ Packing the compiler'),
  });
  bytes = fs.readFileSync(archive);
  address = await served(({ url }, response) => {
    if (url === '/missing') return response.writeHead(404).end();
    response.writeHead(200, { 'content-length': bytes.length });
    if (url === '/whole') return response.end(bytes);
    response.write(bytes.subarray(0, bytes.length / 2));
    // What is asked for `/stalled` never gets more.
    return url === '/broken' ? setTimeout(() => response.destroy(), 100) : undefined;
  });
});

/** What is there besides files that tell nothing. */
const left = ({ cache }) =>
  fs.existsSync(path.join(cache, 'toolchains')) ? fs.readdirSync(path.join(cache, 'toolchains')) : [];

(onReference ? describe.skip : describe)('a packed compiler', () => {
  test('is installed from a file, without apt, and is proven there', async () => {
    const there = new Machine();
    const { code, stdout, stderr } = await there.run(['toolchain', 'install', '--from', archive]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining('✓ Installing the compiler'),
    });
    expect(stdout).toBe(`GHC 9.10.3: ${there.prefix}/bin/wasm32-wasi-ghc\n`);
    expect((await there.run(['toolchain', 'path'])).stdout).toBe(`${there.prefix}/bin\n`);
    expect((await there.run(['toolchain', 'list'])).stdout).toBe(
      `*  ${id}  GHC 9.10.3  20 MB  ${there.prefix}\n`,
    );
    expect((await there.run(['toolchain', 'remove'])).stdout).toContain(`${id} is removed`);
    expect((await there.run(['toolchain', 'list'])).stdout).toBe('none is installed\n');
    expect(left(there)).toEqual([]);
  });

  test('is installed from an address, and tells phases, bytes and times', async () => {
    const there = new Machine();
    const { code, stdout } = await there.run([
      'toolchain',
      'install',
      '--json',
      '--from',
      `${address}/whole`,
    ]);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code).toBe(0);
    expect(lines.at(-1).result.ghc).toBe(`${there.prefix}/bin/wasm32-wasi-ghc`);
    const reports = lines.slice(0, -1).map(({ progress }) => progress);
    const phases = [...new Set(reports.map(({ phase }) => phase))];
    expect(phases).toEqual(['download', 'unpack', 'relocate', 'prove', 'done']);
    expect(reports.findLast(({ phase }) => phase === 'download')).toMatchObject({
      bytes: bytes.length,
      totalBytes: bytes.length,
      remainingMs: 0,
    });
    const times = reports.map(({ elapsedMs }) => elapsedMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    // What is there is not fetched again.
    const again = await there.run(['toolchain', 'install', '--from', `${address}/missing`]);
    expect(again.code).toBe(0);
  });

  test.each([
    ['missing', 'the server answered 404'],
    ['broken', 'could not be downloaded after'],
  ])('that cannot be fetched leaves nothing: %s', async (name, message) => {
    const there = new Machine();
    const { code, stderr } = await there.run(['toolchain', 'install', '--from', `${address}/${name}`]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(message) });
    expect(left(there)).toEqual([]);
  });

  test('that is not whole, or none, leaves nothing and says why', async () => {
    const there = new Machine();
    const file = there.path('archive');
    for (const [contents, message] of [
      [bytes.subarray(0, bytes.length - 1000), 'ends before its checksum'],
      [Buffer.concat([bytes.subarray(0, 1000), Buffer.alloc(8), bytes.subarray(1008)]), 'is damaged'],
      [Buffer.from('hello, archive'), "is not a toolchain's archive"],
    ]) {
      fs.writeFileSync(file, contents);
      const { code, stderr } = await there.run(['toolchain', 'install', '--from', file]);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringContaining(`the archive ${file} ${message}`),
      });
      expect(left(there)).toEqual([]);
    }
  });

  test.each([
    ['download', '/stalled', '"download"'],
    ['unpack', '/whole', '"unpack"'],
    ['relocate', '/whole', '"relocate"'],
    ['prove', '/whole', '"prove"'],
  ])(
    'whose install is killed in the phase %s does not look installed, and the next run installs it',
    async (_, url, word) => {
      const there = new Machine();
      await there.start(['toolchain', 'install', '--json', '--from', `${address}${url}`]).killAt(word);
      expect(there.looksWhole).toBe(false);
      expect(left(there).filter((name) => name !== id)).toEqual([]);
      expect((await there.run(['toolchain', 'path'])).code).toBe(1);
      const { code, stderr } = await there.run(['toolchain', 'install', '--from', archive]);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect((await there.run(['toolchain', 'path'])).stdout).toBe(`${there.prefix}/bin\n`);
    },
  );

  test('for which the disk is too small leaves nothing, and says so', async () => {
    const there = new Machine();
    // No file may be larger than 100 kB; the write then fails as on a full disk.
    const limit = "trap '' XFSZ; ulimit -f 100";
    for (const from of [archive, `${address}/whole`]) {
      const { code, stderr } = await there.run(['toolchain', 'install', '--from', from], { limit });
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/File too large|EFBIG/) });
      expect(left(there)).toEqual([]);
    }
  });

  test('is installed once by two at a time', async () => {
    const there = new Machine();
    const both = [1, 2].map(() => there.run(['toolchain', 'install', '--json', '--from', archive]));
    const results = await Promise.all(both);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect(results.filter(({ stdout }) => stdout.includes('"unpack"'))).toHaveLength(1);
    expect(results.filter(({ stdout }) => stdout.includes('"wait"'))).toHaveLength(1);
  });

  test('is not packed where there is none, or where it cannot be written', async () => {
    const there = new Machine();
    const none = await there.run(['toolchain', 'pack', 'x.tar.zst']);
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('there is nothing to pack') });
    const full = await here.run(['toolchain', 'pack', 'x.tar.zst'], { limit: "trap '' XFSZ; ulimit -f 100" });
    expect(full).toMatchObject({ code: 1, stderr: expect.stringContaining('cannot pack into') });
    expect(
      fs.readdirSync(here.folder).filter((name) => name.startsWith('.') || name.startsWith('x')),
    ).toEqual([]);
  });
});

(onReference ? describe.skip : describe)('the API', () => {
  test('an aborted install rejects with the reason', async () => {
    const controller = new AbortController();
    controller.abort(new Error('no time'));
    await expect(
      toolchain.install({ signal: controller.signal, from: `${address}/stalled` }),
    ).rejects.toMatchObject({
      code: 'ABORT_ERR',
      cause: expect.objectContaining({ message: 'no time' }),
    });
  });

  test('remove() names what there is', async () => {
    await expect(toolchain.remove('ghc-1.0')).rejects.toMatchObject({
      code: 'ERR_HS_TOOLCHAIN_NOT_FOUND',
      message: expect.stringContaining('there is no toolchain ghc-1.0'),
    });
    await expect(toolchain.remove(1)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
  });

  test('path() is the folder of the compiler that find() gives', async () => {
    expect(await toolchain.path()).toBe(path.dirname((await toolchain.find()).ghc));
  });
});

(onReference ? describe.skip : describe)('hs-wasm toolchain', () => {
  test.each([
    [[], 'an action is needed; there are install, list'],
    [['instal'], "there is no action 'instal'; did you mean 'install'?"],
    [['list', '--from', 'x'], '--from is not for list'],
    [['remove', 'a', 'b'], "remove does not take 'b'"],
    [['pack'], 'pack needs the name of the file'],
    [['install', '--jobs', 'many'], 'toolchain.install.options.jobs: must be a whole number'],
  ])('%j is misuse', async (args, message) => {
    const { code, stderr } = await here.run(['toolchain', ...args]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });
});

(onReference ? describe.skip : describe)('a compiler that was moved', () => {
  test('works in its new place, also through a link and with a space in its name, and the old one goes on', async () => {
    const there = path.join(folder(), 'a new place', 'ghc');
    await copyOfCompiler(there);
    const place = () => fs.readFileSync(path.join(there, 'place'), 'utf8').trim();
    expect(place()).not.toBe(there);
    const link = path.join(path.dirname(there), 'ghc-link');
    fs.symlinkSync(path.join(there, 'bin', 'wasm32-wasi-ghc'), link);
    const { run } = require('..');
    const source = 'main :: IO ()\nmain = putStrLn "moved"\n';
    expect(await run({ source }, { toolchain: link, cache: false })).toMatchObject({ stdout: 'moved\n' });
    expect(place()).toBe(there);
    const hidden = `${there}-hidden`;
    fs.renameSync(there, hidden);
    expect(await run({ source }, { cache: false })).toMatchObject({ stdout: 'moved\n' });
    expect(await run({ source }, { toolchain: hidden, cache: false })).toMatchObject({ stdout: 'moved\n' });
  });

  test('and cannot be mended says why', async () => {
    const there = path.join(
      folder(),
      'x'.repeat(200),
      'y'.repeat(200),
      'z'.repeat(200),
      'w'.repeat(200),
      'v'.repeat(200),
    );
    await copyOfCompiler(there);
    await expect(toolchainAt(there)).rejects.toThrow('the path of this folder is too long');
  });

  const toolchainAt = (place) =>
    require('..').run(
      { source: 'main = print 1' },
      { toolchain: path.join(place, 'bin', 'wasm32-wasi-ghc'), cache: false },
    );
});
