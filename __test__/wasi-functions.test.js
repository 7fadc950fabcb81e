'use strict';
// Every function of WASI preview1, in a command and in a reactor: what it returns, and what it leaves in memory.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { failure, ours } = require('./support');
const { ClosedError } = require('..');
const { ERRNO, OUT, SIGNATURES, at, iovec, preview1, runCalls, subscription } = require('./support/preview1');

const RIGHTS = 0x1fffffffn;
const BUFFER = OUT + 64;
/** 2001-09-09T01:46:40Z and 2033-05-18T03:33:20Z in nanoseconds. */
const [THEN, LATER] = [10n ** 18n, 2n * 10n ** 18n];
const MTIM = 4;
const open = (file, { oflags = 0, rights = RIGHTS } = {}) => [
  'path_open',
  [3, 0, file, oflags, rights, rights, 0, OUT],
];
const CREATE = { oflags: 1 };
const DIRECTORY = { oflags: 2, rights: 1n << 14n };

/** In this order: the call, and what it should give: an errno if it is not 0, and what its results show. */
const rows = [
  ['args_sizes_get', [OUT, OUT + 4], (out) => [out.u32(0), out.u32(4)], [2, 12]],
  ['args_get', [OUT, BUFFER], (out) => [out.u32(0), out.text(64, 12)], [BUFFER, 'main\0Hellö\0']],
  ['environ_sizes_get', [OUT, OUT + 4], (out) => [out.u32(0), out.u32(4)], [1, 9]],
  ['environ_get', [OUT, BUFFER], (out) => [out.u32(0), out.text(64, 9)], [BUFFER, 'NAME=val\0']],
  ['clock_res_get', [0, OUT], (out) => out.u64(0) > 0n && out.u64(0) <= 10n ** 8n, true],
  ['clock_res_get', [1, OUT], (out) => out.u64(0) > 0n && out.u64(0) <= 10n ** 8n, true],
  [
    'clock_time_get',
    [0, 1n, OUT],
    (out) => Math.abs(Number(out.u64(0) / 10n ** 6n) - Date.now()) < 60_000,
    true,
  ],
  ['clock_time_get', [1, 1n, OUT], (out) => out.u64(0) > 0n, true],
  ['clock_time_get', [2, 1n, OUT], ERRNO.badf],
  ['fd_prestat_get', [3, OUT], (out) => [out.u8(0), out.u32(4)], [0, 5]],
  ['fd_prestat_dir_name', [3, OUT, 5], (out) => out.text(0, 5), '/here'],
  ['fd_prestat_get', [4, OUT], ERRNO.badf],
  ['path_create_directory', [3, 'folder']],
  ['path_create_directory', [3, 'folder'], ERRNO.exist],
  [...open('folder/file'), ERRNO.noent],
  [...open('folder/file', CREATE), (out) => out.u32(0), 4],
  ['fd_write', [4, iovec('hello world'), OUT], (out) => out.u32(0), 11],
  ['fd_pwrite', [4, iovec('W'), 6n, OUT], (out) => out.u32(0), 1],
  ['fd_tell', [4, OUT], (out) => out.u64(0), 11n],
  ['fd_seek', [4, -5n, 2, OUT], (out) => out.u64(0), 6n],
  ['fd_seek', [4, -50n, 1, OUT], ERRNO.inval],
  ['fd_read', [4, iovec(100), OUT], (out) => [out.u32(0), out.text(64, 5)], [5, 'World']],
  ['fd_read', [4, iovec(100), OUT], (out) => out.u32(0), 0],
  ['fd_pread', [4, iovec(5), 0n, OUT], (out) => [out.u32(0), out.text(64, 5)], [5, 'hello']],
  ['fd_advise', [4, 0n, 0n, 1]],
  ['fd_allocate', [4, 0n, 20n]],
  ['fd_filestat_get', [4, OUT], (out) => [out.u8(16), out.u64(32)], [4, 20n]],
  ['fd_allocate', [4, 0n, 5n]],
  ['fd_filestat_get', [4, OUT], (out) => out.u64(32), 20n],
  ['fd_allocate', [3, 0n, 5n], ERRNO.badf],
  ['fd_filestat_set_size', [4, 5n]],
  ['fd_datasync', [4]],
  ['fd_sync', [4]],
  ['fd_fdstat_set_flags', [4, 1]],
  ['fd_fdstat_get', [4, OUT], (out) => [out.u8(0), out.u16(2)], [4, 1]],
  ['fd_fdstat_get', [3, OUT], (out) => out.u8(0), 3],
  ['fd_fdstat_set_rights', [4, 0n, 0n], ERRNO.notsup],
  ['fd_filestat_set_times', [4, 0n, THEN, MTIM]],
  ['fd_filestat_get', [4, OUT], (out) => [out.u64(32), out.u64(48)], [5n, THEN]],
  ['path_filestat_set_times', [3, 1, 'folder/file', 0n, LATER, MTIM]],
  ['path_filestat_get', [3, 1, 'folder/file', OUT], (out) => [out.u64(32), out.u64(48)], [5n, LATER]],
  ['path_link', [3, 0, 'folder/file', 3, 'hard']],
  ['path_filestat_get', [3, 1, 'hard', OUT], (out) => out.u64(24), 2n],
  ['path_symlink', ['folder/file', 3, 'soft']],
  [
    'path_readlink',
    [3, 'soft', BUFFER, 100, OUT],
    (out) => [out.u32(0), out.text(64, 11)],
    [11, 'folder/file'],
  ],
  ['path_filestat_get', [3, 0, 'soft', OUT], (out) => out.u8(16), 7],
  ['path_rename', [3, 'hard', 3, 'moved']],
  [...open('moved'), (out) => out.u32(0), 5],
  ['fd_renumber', [5, 4]],
  ['fd_close', [5], ERRNO.badf],
  ['fd_read', [4, iovec(100), OUT], (out) => out.text(64, 5), 'hello'],
  ['fd_close', [4]],
  ['fd_close', [4], ERRNO.badf],
  [...open('folder', DIRECTORY), (out) => out.u32(0) >= 4, true],
  [...open('moved', DIRECTORY), ERRNO.notdir],
  [
    'fd_readdir',
    [3, BUFFER, 400, 0n, OUT],
    (out) => out.text(64, out.u32(0)),
    expect.stringMatching(/folder[^]*moved|moved[^]*folder/),
  ],
  ['path_unlink_file', [3, 'moved']],
  ['path_remove_directory', [3, 'folder'], ERRNO.notempty],
  ['path_unlink_file', [3, 'folder'], ERRNO.isdir],
  ['path_unlink_file', [3, 'folder/file']],
  ['path_remove_directory', [3, 'folder']],
  [
    'poll_oneoff',
    [at(subscription({ userdata: 7, timeout: 1000 })), OUT + 8, 1, OUT],
    (out) => [out.u32(0), out.u64(8)],
    [1, 7n],
  ],
  ['poll_oneoff', [OUT, OUT, 0, OUT], ERRNO.inval],
  ['proc_raise', [2], ERRNO.notsup],
  ['sched_yield', []],
  ['random_get', [OUT, 32], (out) => new Set(out.text(0, 32)).size > 4, true],
  ['sock_accept', [3, 0, OUT], ERRNO.notsock],
  ['sock_recv', [3, iovec(10), 0, OUT, OUT + 4], ERRNO.notsock],
  ['sock_send', [3, iovec('x'), 0, OUT], ERRNO.notsock],
  ['sock_shutdown', [3, 1], ERRNO.notsock],
  ['proc_exit', [7]],
].map(([name, args, ...rest]) => {
  const [errno, show = () => undefined, shown] =
    typeof rest[0] === 'function' ? [0, ...rest] : [rest[0] ?? 0];
  return { name, args, errno, show, shown };
});
const calls = rows.slice(0, -1);

test('every function of preview1 is called', () => {
  expect(new Set(rows.map(({ name }) => name))).toEqual(new Set(Object.keys(SIGNATURES)));
  expect(Object.keys(SIGNATURES)).toHaveLength(46);
});

/** What the calls give where they are made one after the other. */
const hosts = {
  'a command': async (options) => {
    const { answers, exitCode } = await runCalls(rows, options);
    return { answers, exitCode };
  },
  'a reactor': async (options) => {
    const { call, instance } = await preview1(options);
    const answers = calls.map(({ name, args }) => call(name, ...args));
    const { exitCode } = await failure(() => call('proc_exit', 7));
    expect(() => instance.exports.sched_yield()).toThrow(ClosedError);
    return { answers, exitCode };
  },
};

ours.each(Object.keys(hosts))('in %s each gives what it should', async (host) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-wasi-'));
  const options = { args: ['Hellö'], env: { NAME: 'val' }, preopens: { '/here': folder } };
  const { answers, exitCode } = await hosts[host](options);
  fs.rmSync(folder, { recursive: true });
  const line = ({ name, args }) => `${name}(${args.map((arg) => arg.bytes ?? arg.vector ?? arg).join(', ')})`;
  const given = calls.map((row, index) => [line(row), answers[index].errno, row.show(answers[index])]);
  expect(given).toEqual(calls.map((row) => [line(row), row.errno, row.shown]));
  expect(exitCode).toBe(7);
});
