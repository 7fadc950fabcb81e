'use strict';
// The guest's three streams: the process' own, Node's, captured; terminals; readers that go away.

const path = require('node:path');
const { PassThrough, Readable, Writable } = require('node:stream');
const { text } = require('node:stream/consumers');
const { Worker } = require('node:worker_threads');
const { command, failure, fixture, guest, instance, ours, sink } = require('./support');
const { cGuest } = require('./support/c');
const { ERRNO, OUT, iovec, preview1 } = require('./support/preview1');
const { inTerminal, node } = require('./support/process');
const { LimitError, run } = require('..');

describe("'inherit'", () => {
  const streams = { stdin: 'inherit', stdout: 'inherit', stderr: 'inherit' };

  /** What is written to a stream of this process meanwhile. */
  async function written(name, work) {
    const chunks = [];
    const spy = jest.spyOn(process[name], 'write').mockImplementation((chunk, ...rest) => {
      chunks.push(Buffer.from(chunk));
      rest.at(-1)?.();
      return true;
    });
    await work();
    spy.mockRestore();
    return Buffer.concat(chunks).toString();
  }

  ours('of a command goes through process.stdout and process.stderr', async () => {
    const print = () =>
      command('command', { args: ['print', 'out λ', 'err λ'], ...streams, stdin: 'ignore' });
    expect(await written('stdout', () => written('stderr', print))).toBe('out λ');
    expect(await written('stderr', () => written('stdout', print))).toBe('err λ');
  });

  ours('of an instance goes through process.stdout', async () => {
    const { exports, dispose } = await instance('world', { stdout: 'inherit' });
    const say = async () => {
      await exports.say('of Haskell');
      dispose();
    };
    expect(await written('stdout', say)).toBe('of Haskell');
  });

  ours("is a worker's own, in a worker", async () => {
    const code = `
      const { run } = require(${JSON.stringify(path.join(__dirname, '..'))});
      const [file, streams] = require('node:worker_threads').workerData;
      run(file, { args: ['upper'], ...streams });`;
    const workerData = [fixture('command'), streams];
    const worker = new Worker(code, { eval: true, stdin: true, stdout: true, stderr: true, workerData });
    const output = Promise.all([text(worker.stdout), text(worker.stderr)]);
    worker.stdin.end('to a worker');
    expect(await output).toEqual(['TO A WORKER', '']);
  });
});

describe('a capture', () => {
  const limit = {
    code: 'ERR_HS_LIMIT',
    limit: 'output',
    message: expect.stringContaining('captureLimitBytes = 10'),
  };

  ours('ends a guest that writes more than its limit, and keeps what it has', async () => {
    const error = await failure(async () => run(await cGuest('yes'), { captureLimitBytes: 10 }));
    expect(error).toBeInstanceOf(LimitError);
    expect(error).toMatchObject({ ...limit, stdout: 'yes\nyes\nye', stderr: '' });
  });

  ours('does so for programs that use JSFFI', async () => {
    const options = { stdin: 'a line\n', captureLimitBytes: 10, imports: { event: () => 2000 } };
    const error = await failure(async () => run(await guest('command'), options));
    expect(error).toBeInstanceOf(LimitError);
    expect(error).toMatchObject({ ...limit, stdout: 'before\na l' });
  });

  ours('holds as much as its limit, of each stream', async () => {
    const args = ['print', '0123456789', 'abcdefghij'];
    const outcome = await command('command', { args, captureLimitBytes: 10 });
    expect(outcome).toEqual({ exitCode: 0, stdout: '0123456789', stderr: 'abcdefghij' });
  });
});

describe('a stream', () => {
  ours('of a hundred and fifty megabytes is read and written whole', async () => {
    const piece = Buffer.alloc(2 ** 20, 'x');
    let written = 0;
    const stdout = new Writable({
      write(chunk, _, done) {
        written += chunk.length;
        done();
      },
    });
    const stdin = Readable.from(Array(150).fill(piece));
    const { stderr } = await run(await cGuest('echo'), { stdin, stdout });
    expect([stderr, written]).toEqual([`${150 * 2 ** 20}\n`, 150 * 2 ** 20]);
  });

  ours.each(['destroyed', 'failing'])(
    'that is %s breaks the pipe of the guest (EPIPE), which ends',
    async (how) => {
      const stdout = new Writable({
        write(_chunk, _encoding, done) {
          done(how === 'failing' ? new Error('no more') : null);
        },
      });
      stdout.on('error', () => {});
      const ended = run(await cGuest('yes'), { stdout });
      if (how === 'destroyed') stdout.destroy();
      expect(await ended).toMatchObject({ exitCode: 64 });
    },
  );

  ours('that an instance waits for wakes it, and others of its calls go on', async () => {
    const { exports, stdin } = await instance('world', { stdin: 'pipe' });
    let line;
    const read = exports.readLine().then((found) => (line = found));
    expect(await exports.workingFolder()).toBe('/');
    stdin.write('half a ');
    expect(await exports.workingFolder()).toBe('/');
    expect(line).toBeUndefined();
    stdin.write('line\n');
    await read;
    expect(line).toBe('half a line');
    stdin.end();
    await expect(exports.readLine()).rejects.toThrow('end of file');
  });

  ours('read for nothing gives nothing at once', async () => {
    const { call } = await preview1({ stdin: 'text' });
    expect(call('fd_read', 0, iovec(0), OUT)).toMatchObject({ errno: ERRNO.success });
    expect(call('fd_read', 0, iovec(9), OUT).text(64, 4)).toBe('text');
  });
});

describe('isatty', () => {
  const terminal = () => Object.assign(new PassThrough(), { isTTY: true });

  ours('is true of streams that are terminals', async () => {
    const stderr = terminal();
    const { stdout } = await run(await cGuest('terminals'), { stdin: terminal(), stderr });
    expect(stdout).toBe('1 0 1\n');
    const { exports } = await instance('world', { stdin: 'text', stdout: terminal(), stderr: 'ignore' });
    expect(await exports.terminals()).toBe('[False,True,False]');
  });

  ours('is not true of text, pipes and captures', async () => {
    const { stdout } = await run(await cGuest('terminals'), { stdin: 'text' });
    expect(stdout).toBe('0 0 0\n');
    const { exports } = await instance('world', { stdin: 'pipe', stdout: 'pipe', stderr: sink() });
    expect(await exports.terminals()).toBe('[False,False,False]');
  });

  ours("of 'inherit' is true of a terminal, where process.stdout says so", async () => {
    const program = `
      const { instantiate } = require('.');
      const found = async () => (await instantiate(${JSON.stringify(fixture('world'))})).exports.terminals();
      (async () => {
        const first = await found();
        process.stdout.isTTY = false;
        console.log('found', first, await found());
        process.exit();
      })();
    `;
    const { code, stdout } = await inTerminal(program);
    expect({ code, found: /found (.*)/.exec(stdout)?.[1].trim() }).toEqual({
      code: 0,
      found: '[False,True,True] [False,False,True]',
    });
    expect((await node('-e', program)).stdout).toBe('found [False,False,False] [False,False,False]\n');
  });
});

describe('proc_exit', () => {
  ours('gives every exit code as it is', async () => {
    const wasm = await guest('exit');
    const codes = Array.from({ length: 256 }, (_, code) => code);
    const runs = await Promise.all(codes.map((code) => run(wasm, { stdin: Uint8Array.of(code, 0, 0, 0) })));
    expect(runs.map(({ exitCode }) => exitCode)).toEqual(codes);
  });

  ours('counts the lowest eight bits, as of any process', async () => {
    const wasm = await guest('exit');
    const exit = async (...bytes) => (await run(wasm, { stdin: Uint8Array.from(bytes) })).exitCode;
    expect([await exit(7, 1, 0, 0), await exit(255, 255, 255, 255)]).toEqual([7, 255]);
  });

  ours('in a reactor closes that instance, and no other', async () => {
    const [leaving, staying] = [await preview1(), await preview1()];
    expect(await failure(() => leaving.call('proc_exit', 200))).toMatchObject({
      code: 'ERR_HS_EXIT',
      exitCode: 200,
    });
    expect(await failure(() => leaving.call('sched_yield'))).toMatchObject({ code: 'ERR_HS_CLOSED' });
    expect(staying.call('sched_yield').errno).toBe(ERRNO.success);
  });
});
