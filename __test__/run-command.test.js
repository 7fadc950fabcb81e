'use strict';
// `hs-wasm run`: a program with this process' terminal, as the command lines of other runtimes run it.

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { text } = require('node:stream/consumers');
const { fixture, guest, ours } = require('./support');
const { cGuest } = require('./support/c');

const bin = path.join(__dirname, '..', 'bin', 'hs-wasm.js');
const program = fixture('command');

/** Starts `hs-wasm run ...args`. */
const start = (args, options) => spawn(process.execPath, [bin, 'run', ...args], options);

/** Runs it: `{ code, stdout, stderr }`. */
async function hsWasmRun(args, { input = '', env = process.env, cwd } = {}) {
  const child = start(args, { env, cwd });
  child.stdin.end(input);
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { code: code ?? signal, stdout, stderr };
}

let folder;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-run-'));
  fs.writeFileSync(path.join(folder, 'a.txt'), 'from a file');
});

afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

describe('hs-wasm run gives a program', () => {
  ours.each([
    [['arguments', 'a b', '--env', 'X=1', '--', '-x']],
    [['--', 'arguments', 'a b', '--env', 'X=1', '--', '-x']],
  ])('what follows the file as arguments: %p', async (args) => {
    const { stdout } = await hsWasmRun([program, ...args]);
    expect(stdout).toBe('["a b","--env","X=1","--","-x"]\n');
  });

  ours('the variables that it is told to, and no others', async () => {
    const env = { ...process.env, HANDED: 'on', OTHER: 'not' };
    const args = ['--env', 'GIVEN=a=b', '--env=HANDED', '--env=ABSENT_HERE', program, 'environment'];
    expect((await hsWasmRun(args, { env })).stdout).toBe('[("GIVEN","a=b"),("HANDED","on")]\n');
  });

  ours('its stdin, stdout and stderr, and its exit code', async () => {
    expect(await hsWasmRun([program, 'upper'], { input: 'text' })).toEqual({
      code: 0,
      stdout: 'TEXT',
      stderr: '',
    });
    expect(await hsWasmRun([program, 'print', 'o', 'e'])).toEqual({ code: 0, stdout: 'o', stderr: 'e' });
    for (const code of [1, 126, 255]) {
      expect(await hsWasmRun([program, 'exit', String(code)])).toMatchObject({ code, stderr: '' });
    }
  });

  ours('folders, under their own names or others, to read or also to write', async () => {
    const files = fixture('command-files');
    const read = ['read', '/data/a.txt'];
    expect((await hsWasmRun(['--dir', `${folder}::/data`, files, ...read])).stdout).toBe('from a file');
    expect((await hsWasmRun([`--dir-ro=${folder}::/data`, files, ...read])).stdout).toBe('from a file');
    const write = ['write', '/data/new', 'x'];
    expect((await hsWasmRun(['--dir-ro', `${folder}::/data`, files, ...write])).code).toBe(1);
    expect((await hsWasmRun(['--dir', `${folder}::/data`, files, ...write])).code).toBe(0);
    expect(fs.readFileSync(path.join(folder, 'new'), 'utf8')).toBe('x');
    expect((await hsWasmRun(['--dir', '.', files, 'read', 'a.txt'], { cwd: folder })).stdout).toBe(
      'from a file',
    );
  });

  ours("options of GHC's runtime, whose last words are heard", async () => {
    const outcome = await hsWasmRun(['--rts=-M16m', program, 'heap', '3000000']);
    expect(outcome).toMatchObject({
      code: 251,
      stdout: '',
      stderr: expect.stringContaining('Heap exhausted'),
    });
    expect(outcome.stderr).not.toContain('hs-wasm:');
  });

  ours('made by any compiler', async () => {
    expect(await hsWasmRun([await cGuest('echo')], { input: 'text' })).toEqual({
      code: 0,
      stdout: 'text',
      stderr: '4\n',
    });
  });
});

describe('hs-wasm run ends', () => {
  ours('with 134 and the frames of a trap', async () => {
    const file = path.join(folder, 'trap.wasm');
    fs.writeFileSync(file, await guest('exit'));
    // Without input it reads nothing: exit code 0; a memory that it lacks is what it traps for.
    const trapping = path.join(folder, 'trapping.wasm');
    const { assemble } = require('./support/guests');
    fs.writeFileSync(
      trapping,
      await assemble(
        '(module (memory (export "memory") 1) (func $inner unreachable) (func (export "_start") call $inner))',
      ),
    );
    expect(await hsWasmRun([file])).toMatchObject({ code: 0 });
    expect(await hsWasmRun([trapping])).toEqual({
      code: 134,
      stdout: '',
      stderr: expect.stringMatching(
        /^hs-wasm: TrapError \[ERR_HS_TRAP\]: unreachable\n {4}at inner \(wasm-function/,
      ),
    });
  });

  ours('with 124 when its time is over', async () => {
    const outcome = await hsWasmRun(['--timeout', '200ms', program, 'sleep', '60000']);
    expect(outcome).toMatchObject({ code: 124, stderr: expect.stringContaining('timeoutMs = 200') });
  });

  ours.each(['SIGINT', 'SIGTERM'])('by %s, also while it computes', async (signal) => {
    for (const args of [
      ['sleep', '60000'],
      ['count', '100000000000'],
    ]) {
      const child = start(['--env=X=1', program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
      // It is under way when the process has been given its threads.
      await new Promise((resolve) => setTimeout(resolve, 300));
      child.kill(signal);
      expect(await once(child, 'exit')).toEqual([null, signal]);
    }
  });

  ours('when nobody reads what it prints', async () => {
    const child = start([program, 'many', '1000000000'], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [code, signal] = await once(child, 'exit');
    expect([typeof code, signal]).toEqual(['number', null]);
  });
});

describe('hs-wasm run says in words', () => {
  test.each([
    [[], 2, /^hs-wasm: run: a file is needed/],
    [['--dri', 'x', 'y.wasm'], 2, /did you mean '--dir'/],
    [['--dir', 'a::b::c', 'y.wasm'], 2, /--dir takes <host> or <host>::<guest>, found 'a::b::c'/],
    [['--timeout', 'soon', 'y.wasm'], 2, /--timeout takes a time such as 500ms, 10s or 2m, found 'soon'/],
    [['nowhere.wasm'], 1, /nowhere\.wasm/],
    [['--dir', 'nowhere', bin.replace('hs-wasm.js', 'x.wasm')], 1, /x\.wasm/],
  ])('what is wrong: %p', async (args, code, words) => {
    expect(await hsWasmRun(args)).toEqual({ code, stdout: '', stderr: expect.stringMatching(words) });
  });

  test('what it can do', async () => {
    const { code, stdout } = await hsWasmRun(['--help']);
    expect(code).toBe(0);
    for (const option of ['--dir', '--dir-ro', '--env', '--rts', '--timeout'])
      expect(stdout).toContain(option);
  });
});
