'use strict';
// Command modules: `main` with its arguments, environment, files, streams and exit code.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { Readable } = require('node:stream');
const { command, ours, sink } = require('./support');

const run = (...args) => command('command', { args });

describe('a command gets', () => {
  test('its arguments', async () => {
    const { stdout, exitCode } = await run('arguments', 'a b', '', 'λ😀', '--flag', '"quoted"');
    expect(stdout).toBe('["a b","","\\955\\128512","--flag","\\"quoted\\""]\n');
    expect(exitCode).toBe(0);
  });

  test('the environment it is given, and nothing of this process', async () => {
    const env = { NAME: 'vä=lue', EMPTY: '' };
    const variable = (name) => command('command', { env, args: ['variable', name] });
    expect((await variable('NAME')).stdout).toBe('Just "v\\228=lue"\n');
    expect((await variable('EMPTY')).stdout).toMatch(/^(Just ""|Nothing)\n$/);
    expect((await variable('PATH')).stdout).toBe('Nothing\n');
    expect((await run('environment')).stdout).toBe('[]\n');
  });

  test.each([
    ['text', 'aλ\nb'],
    ['bytes', Buffer.from('aλ\nb')],
    ['a stream', () => Readable.from([Buffer.from('aλ'), Buffer.from('\nb')])],
  ])('stdin as %s', async (_, input) => {
    const stdin = typeof input === 'function' ? input() : input;
    const { stdout } = await command('command', { args: ['upper'], stdin });
    expect(stdout).toBe('AΛ\nB');
  });

  test("an empty stdin, if it is 'ignore'", async () => {
    expect(await command('command', { args: ['lines'], stdin: 'ignore' })).toMatchObject({ stdout: '0\n' });
  });

  ours('stdin as a web stream', async () => {
    const stdin = new Blob(['aλ\nb']).stream();
    expect((await command('command', { args: ['upper'], stdin })).stdout).toBe('AΛ\nB');
  });

  test('a megabyte on stdin, in pieces', async () => {
    const line = `${'x'.repeat(99)}\n`;
    const pieces = Array.from({ length: 100 }, () => line.repeat(100));
    const { stdout } = await command('command', { args: ['lines'], stdin: Readable.from(pieces) });
    expect(stdout).toBe('10000\n');
  });

  test('RTS options', async () => {
    const { stdout, stderr } = await command('command', {
      args: ['arguments', 'x'],
      rtsOptions: ['-s', '-A1m'],
    });
    expect(stdout).toBe('["x"]\n');
    expect(stderr).toMatch(/bytes allocated in the heap/);
  });
});

describe('a command gives', () => {
  test('its stdout and stderr, apart', async () => {
    const outcome = await run('print', 'out λ😀', 'err λ');
    expect(outcome).toMatchObject({ stdout: 'out λ😀', stderr: 'err λ', exitCode: 0 });
  });

  test('all of a long output', async () => {
    const { stdout } = await run('many', '50000');
    expect(stdout.split('\n').filter(Boolean).map(Number)).toEqual(
      Array.from({ length: 50_000 }, (_, n) => n + 1),
    );
  });

  test.each([0, 1, 7, 125, 126, 127, 200, 255])('the exit code %d', async (code) => {
    const outcome = await run('exit', String(code));
    expect(outcome).toMatchObject({ exitCode: code, stdout: 'last words\n', stderr: '' });
  });

  test('1 and its exception on stderr, if nobody catches it', async () => {
    const { exitCode, stderr } = await run('fail', 'with', 'λ');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('user error (with λ)');
  });

  test('what it wrote before it failed', async () => {
    expect(await run('error', 'boom')).toMatchObject({
      exitCode: 1,
      stdout: 'unfinished',
      stderr: expect.stringContaining('boom'),
    });
  });

  test('the exception of a forked thread on stderr, and goes on', async () => {
    const { exitCode, stdout, stderr } = await run('fork');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'main goes on\n' });
    expect(stderr).toContain('nobody waits for me');
    expect(stderr).not.toContain('in a thread');
  });

  test('1 if it waits for itself', async () => {
    const { exitCode, stderr } = await run('deadlock');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('thread blocked indefinitely in an MVar operation');
  });

  test('1 for a wrong RTS option', async () => {
    const { exitCode, stderr } = await command('command', { args: [], rtsOptions: ['--nonsense'] });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('unknown RTS option: --nonsense');
  });

  ours('its output to streams, if it is told so', async () => {
    const [stdout, stderr] = [sink(), sink()];
    await command('command', { args: ['print', 'out', 'err'], stdout, stderr });
    expect([stdout.text, stderr.text]).toEqual(['out', 'err']);
  });
});

describe('the files of a command', () => {
  let folder;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-files-'));
    fs.writeFileSync(path.join(folder, 'greeting.txt'), 'hello λ\n');
  });

  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  const files = (preopens, ...args) => command('command-files', { preopens, args });

  test('are those of its preopens', async () => {
    const outcome = await files({ '/data': folder }, 'list', '/data', 'read', '/data/greeting.txt');
    expect(outcome).toMatchObject({ exitCode: 0, stdout: '["greeting.txt"]\nhello λ\n' });
  });

  test('are written, renamed and removed where they are', async () => {
    const jobs = 'write /data/new one append /data/new two make /data/sub rename /data/new /data/sub/moved';
    expect(await files({ '/data': folder }, ...jobs.split(' '))).toMatchObject({ exitCode: 0, stderr: '' });
    expect(fs.readFileSync(path.join(folder, 'sub', 'moved'), 'utf8')).toBe('onetwo');
    await files({ '/data': folder }, 'remove', '/data/greeting.txt');
    expect(fs.readdirSync(folder)).toEqual(['sub']);
  });

  test.each(['/etc/hosts', '/data/../outside', '/data/link', 'greeting.txt'])(
    'are no others: %s',
    async (file) => {
      fs.symlinkSync('/etc/hosts', path.join(folder, 'link'));
      const { exitCode, stdout, stderr } = await files({ '/data': folder }, 'read', file);
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr).toContain('openFile');
    },
  );

  test('may be of two preopens', async () => {
    const other = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-files-'));
    await files({ '/a': folder, '/b': other }, 'write', '/b/x', 'text', 'read', '/a/greeting.txt');
    expect(fs.readFileSync(path.join(other, 'x'), 'utf8')).toBe('text');
    fs.rmSync(other, { recursive: true });
  });

  ours('of a read-only preopen can be read', async () => {
    const preopens = { '/data': { path: folder, readOnly: true } };
    const outcome = await files(preopens, 'list', '/data', 'read', '/data/greeting.txt');
    expect(outcome).toMatchObject({ exitCode: 0, stdout: '["greeting.txt"]\nhello λ\n' });
  });

  ours.each([
    'write /data/new x',
    'write /data/greeting.txt x',
    'append /data/greeting.txt x',
    'make /data/new',
    'rename /data/greeting.txt /data/new',
    'remove /data/greeting.txt',
  ])('of a read-only preopen stay as they are: %s', async (job) => {
    const preopens = { '/data': { path: folder, readOnly: true } };
    const { exitCode, stderr } = await files(preopens, ...job.split(' '));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/permi|read-only|capabilit/i);
    expect(fs.readdirSync(folder)).toEqual(['greeting.txt']);
    expect(fs.readFileSync(path.join(folder, 'greeting.txt'), 'utf8')).toBe('hello λ\n');
  });
});

describe('many commands', () => {
  ours('sleep at the same time: fifty of them', async () => {
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => run('sleep', '200')));
    expect(outcomes).toEqual(Array(50).fill({ exitCode: 0, stdout: 'awake\n', stderr: '' }));
  });

  test.each([
    ['sleeps', 'sleep', '200'],
    ['computes', 'count', '100000000'],
  ])('leave the event loop its turns while one %s', async (_, ...args) => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    const { exitCode } = await run(...args);
    clearInterval(timer);
    expect(exitCode).toBe(0);
    expect(turns).toBeGreaterThan(10);
  });

  ours('share nothing', async () => {
    const outputs = Array.from({ length: 20 }, (_, n) => run('print', `out ${n}`, `err ${n}`));
    (await Promise.all(outputs)).forEach(({ stdout, stderr }, n) => {
      expect([stdout, stderr]).toEqual([`out ${n}`, `err ${n}`]);
    });
  });
});
