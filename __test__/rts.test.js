'use strict';
// GHC's runtime: its options, its reports, the end it comes to in good order, and a heap that is full.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { command, failure, instance, ours, sink } = require('./support');
const { LimitError } = require('..');

const GIVEN = [
  ['rtsOptions', (...options) => ({ rtsOptions: options })],
  ['GHCRTS', (...options) => ({ env: { GHCRTS: options.join(' ') } })],
];

describe.each(GIVEN)('options given by %s', (_, given) => {
  ours('reach a command', async () => {
    const { stdout, stderr } = await command('command', { args: ['arguments', 'x'], ...given('-s', '-A2m') });
    expect(stdout).toBe('["x"]\n');
    expect(stderr).toMatch(/bytes allocated in the heap/);
  });

  ours('reach an instance, which reports when it is disposed of', async () => {
    const stderr = sink();
    const { exports, dispose } = await instance('world', { stderr, ...given('-s', '-A2m') });
    await exports.keep(1000);
    expect(stderr.text).toBe('');
    dispose();
    expect(stderr.text).toMatch(/bytes allocated in the heap/);
  });
});

describe('the event log and the heap profile', () => {
  const rtsOptions = ['-l', '-hT', '-i0.001'];
  let folder;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-rts-'));
  });

  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** Both files are as GHC's own tools want them: with their beginnings, ends and all between. */
  function areWhole(name) {
    const log = fs.readFileSync(path.join(folder, `${name}.eventlog`));
    expect(log.subarray(0, 4).toString()).toBe('hdrb');
    // The marker of the end of the events.
    expect(log.subarray(-2)).toEqual(Buffer.of(0xff, 0xff));
    const profile = fs.readFileSync(path.join(folder, `${name}.hp`), 'utf8');
    const begun = profile.match(/^BEGIN_SAMPLE [\d.]+$/gm);
    expect(begun.length).toBeGreaterThan(1);
    expect(profile.match(/^END_SAMPLE [\d.]+$/gm)).toEqual(begun.map((line) => line.replace('BEGIN', 'END')));
    expect(profile).toMatch(/END_SAMPLE [\d.]+\n$/);
  }

  ours('of a command are written whole', async () => {
    const { exitCode } = await command('command', {
      args: ['heap', '300000'],
      rtsOptions,
      preopens: { '/': folder },
    });
    expect(exitCode).toBe(0);
    areWhole('Main');
  });

  ours('of an instance are written whole when it is disposed of', async () => {
    const { exports, dispose } = await instance('world', { rtsOptions, preopens: { '/': folder } });
    await exports.keep(100_000);
    dispose();
    areWhole('Main');
  });

  ours.each(['auto', 'main', 'worker'])(
    "are so right after a long computation, whose promise settles before its call has ended (thread: '%s')",
    async (thread) => {
      const { exports, dispose } = await instance('world', { thread, rtsOptions, preopens: { '/': folder } });
      await exports.keep(1_500_000);
      dispose();
      areWhole('Main');
    },
  );
});

describe('disposing of an instance', () => {
  /** Enough turns of the event loop for Haskell's threads to have done what they can. */
  const asleep = () => new Promise((resolve) => setTimeout(resolve, 50));

  ours('writes what Haskell has buffered, and says no more than that', async () => {
    const [stdout, stderr] = [sink(), sink()];
    const { exports, dispose } = await instance('world', { stdout, stderr });
    const waiting = failure(() => exports.sayAndSleep('not yet a line'));
    await asleep();
    expect(stdout.text).toBe('');
    dispose();
    expect(stdout.text).toBe('not yet a line');
    dispose();
    expect([stdout.text, stderr.text]).toEqual(['not yet a line', '']);
    expect(await waiting).toMatchObject({
      code: 'ERR_HS_CLOSED',
      message: expect.stringContaining('disposed of'),
    });
  });

  ours('does so while a thread waits for input', async () => {
    const [stdout, stderr] = [sink(), sink()];
    const { exports, dispose } = await instance('world', { stdin: 'pipe', stdout, stderr });
    const sleeping = failure(() => exports.sayAndSleep('said'));
    const reading = failure(() => exports.readLine());
    await asleep();
    dispose();
    expect(await reading).toMatchObject({
      code: 'ERR_HS_CLOSED',
      message: expect.stringContaining('disposed of'),
    });
    expect(await sleeping).toMatchObject({ code: 'ERR_HS_CLOSED' });
    expect([stdout.text, stderr.text]).toEqual(['said', '']);
  });

  ours('keeps GHC’s own exit out of its exports', async () => {
    const { exports, rawExports } = await instance('world');
    expect(typeof rawExports.hs_exit).toBe('function');
    expect(exports.hs_exit).toBeUndefined();
  });
});

describe('a full heap', () => {
  const full = { code: 'ERR_HS_LIMIT', limit: 'memory' };

  ours.each(GIVEN)('of a command (-M by %s) is a limit, with what it wrote', async (_, given) => {
    const error = await failure(() => command('command', { args: ['heap', '3000000'], ...given('-M16m') }));
    expect(error).toBeInstanceOf(LimitError);
    expect(error).toMatchObject({ ...full, exitCode: 251, stdout: '' });
    expect(error.message).toContain("Haskell's heap reached 16777216 bytes");
    expect(error.stderr).toMatch(/Heap exhausted/);
  });

  ours('of an instance is a limit, and closes it', async () => {
    const { exports } = await instance('world', { rtsOptions: ['-M16m'], stderr: 'ignore' });
    const error = await failure(() => exports.keep(3_000_000));
    expect(error).toBeInstanceOf(LimitError);
    expect(error).toMatchObject(full);
    expect(await failure(() => exports.keep(1))).toMatchObject({ code: 'ERR_HS_CLOSED', cause: error });
  });

  ours('is not what a program means that exits with the same code', async () => {
    expect(await command('command', { args: ['exit', '251'] })).toMatchObject({ exitCode: 251 });
    expect(await command('command', { args: ['fail', 'Heap exhausted;'] })).toMatchObject({ exitCode: 1 });
  });
});
