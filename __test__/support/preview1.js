'use strict';
// All of WASI preview1 from JavaScript: a reactor that passes every call on, and a command that makes a list of calls
// and prints what came of each.

const { engine } = require('./engine');
const { assemble } = require('./guests');

/** The functions of preview1 with their parameters: `i` for i32, `l` for i64. All but `proc_exit` give an errno. */
const SIGNATURES = {
  args_get: 'ii',
  args_sizes_get: 'ii',
  clock_res_get: 'ii',
  clock_time_get: 'ili',
  environ_get: 'ii',
  environ_sizes_get: 'ii',
  fd_advise: 'illi',
  fd_allocate: 'ill',
  fd_close: 'i',
  fd_datasync: 'i',
  fd_fdstat_get: 'ii',
  fd_fdstat_set_flags: 'ii',
  fd_fdstat_set_rights: 'ill',
  fd_filestat_get: 'ii',
  fd_filestat_set_size: 'il',
  fd_filestat_set_times: 'illi',
  fd_pread: 'iiili',
  fd_prestat_dir_name: 'iii',
  fd_prestat_get: 'ii',
  fd_pwrite: 'iiili',
  fd_read: 'iiii',
  fd_readdir: 'iiili',
  fd_renumber: 'ii',
  fd_seek: 'ilii',
  fd_sync: 'i',
  fd_tell: 'ii',
  fd_write: 'iiii',
  path_create_directory: 'iii',
  path_filestat_get: 'iiiii',
  path_filestat_set_times: 'iiiilli',
  path_link: 'iiiiiii',
  path_open: 'iiiiillii',
  path_readlink: 'iiiiii',
  path_remove_directory: 'iii',
  path_rename: 'iiiiii',
  path_symlink: 'iiiii',
  path_unlink_file: 'iii',
  poll_oneoff: 'iiii',
  proc_exit: 'i',
  proc_raise: 'i',
  random_get: 'ii',
  sched_yield: '',
  sock_accept: 'iii',
  sock_recv: 'iiiiii',
  sock_send: 'iiiii',
  sock_shutdown: 'ii',
};

/** Where calls put their results, and how much of it is shown. */
const OUT = 1024;
const OUT_BYTES = 512;
/** Where arguments begin, and where events go. */
const ARGUMENTS = 4096;
const EVENTS = 65_536;

const ERRNO = {
  success: 0,
  acces: 2,
  again: 6,
  badf: 8,
  exist: 20,
  fault: 21,
  inval: 28,
  isdir: 31,
  loop: 32,
  noent: 44,
  notdir: 54,
  notempty: 55,
  notsock: 57,
  notsup: 58,
  perm: 63,
  spipe: 70,
  xdev: 75,
  notcapable: 76,
};

/** An argument that is the address of these bytes. */
const at = (bytes) => ({ bytes });

/** Arguments that are an array of one iovec, of these bytes or of so many at `OUT + 64`, and its length, 1. */
function iovec(what) {
  return typeof what === 'number' ? { vector: [OUT + 64, what] } : { vector: Buffer.from(what) };
}

/** A subscription for `poll_oneoff`: `{ clock, timeout, absolute }` in nanoseconds, `{ read: fd }` or `{ write: fd }`. */
function subscription({ userdata = 0, clock = 1, timeout, absolute = false, read, write }) {
  const view = new DataView(new ArrayBuffer(48));
  view.setBigUint64(0, BigInt(userdata), true);
  if (timeout === undefined) {
    view.setUint8(8, read === undefined ? 2 : 1);
    view.setUint32(16, read ?? write, true);
  } else {
    view.setUint32(16, clock, true);
    view.setBigUint64(24, BigInt(timeout), true);
    view.setUint16(40, absolute ? 1 : 0, true);
  }
  return Buffer.from(view.buffer);
}

/** Arguments as numbers, and the bytes that they point to as `[address, bytes]`. */
function layout(args, from = ARGUMENTS) {
  const segments = [];
  let end = from;
  const place = (bytes) => {
    const start = end;
    segments.push([start, bytes]);
    end = (start + bytes.length + 7) & ~7;
    return start;
  };
  const numbers = args.flatMap((arg) => {
    if (typeof arg === 'string') {
      return [place(Buffer.from(arg)), Buffer.byteLength(arg)];
    }
    if (arg.vector) {
      const [start, length] = Array.isArray(arg.vector) ? arg.vector : [place(arg.vector), arg.vector.length];
      return [place(Buffer.from(Uint32Array.of(start, length).buffer)), 1];
    }
    return arg.bytes ? [place(arg.bytes)] : [arg];
  });
  return { numbers, segments, end };
}

const wasm = (type) => (type === 'l' ? 'i64' : 'i32');
const result = (name) => (name === 'proc_exit' ? '' : '(result i32)');

const imports = Object.entries(SIGNATURES).map(
  ([name, types]) =>
    `(import "wasi_snapshot_preview1" "${name}" (func $${name} (param ${[...types].map(wasm).join(' ')}) ${result(name)}))`,
);

const escaped = (bytes) => [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');

/** A reactor that exports all of preview1. */
const reactor = () =>
  assemble(`(module ${imports.join('\n')} (memory (export "memory") 2)
    ${Object.entries(SIGNATURES)
      .map(([name, types]) => {
        const args = [...types].map((_, index) => `(local.get ${index})`).join(' ');
        return `(func (export "${name}") (param ${[...types].map(wasm).join(' ')}) ${result(name)} (call $${name} ${args}))`;
      })
      .join('\n')})`);

/** A command that makes calls, `{ name, args }`, and writes each one's errno and results to stdout. */
function program(rows) {
  let end = ARGUMENTS;
  const data = [];
  const body = rows.map(({ name, args }) => {
    const laid = layout(args, end);
    end = laid.end;
    data.push(...laid.segments);
    const numbers = laid.numbers.map((value, index) => `(${wasm(SIGNATURES[name][index])}.const ${value})`);
    const call = `(call $${name} ${numbers.join(' ')})`;
    return name === 'proc_exit'
      ? call
      : `(memory.fill (i32.const ${OUT}) (i32.const 0) (i32.const ${OUT_BYTES}))
         (i32.store (i32.const ${OUT - 4}) ${call})
         (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))`;
  });
  return assemble(`(module ${imports.join('\n')} (memory (export "memory") 2)
    ${data.map(([start, bytes]) => `(data (i32.const ${start}) "${escaped(bytes)}")`).join('\n')}
    (func (export "_start")
      (i32.store (i32.const 0) (i32.const ${OUT - 4})) (i32.store (i32.const 4) (i32.const ${OUT_BYTES + 4}))
      ${body.join('\n')}))`);
}

/** What a call gave: its errno, and its results as a `DataView` and as text. */
function answer(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const text = (start, length) => Buffer.from(bytes.subarray(4 + start, 4 + start + length)).toString();
  return {
    errno: view.getInt32(0, true),
    u8: (offset) => view.getUint8(4 + offset),
    u16: (offset) => view.getUint16(4 + offset, true),
    u32: (offset) => view.getUint32(4 + offset, true),
    u64: (offset) => view.getBigUint64(4 + offset, true),
    text,
  };
}

/** Runs calls as a command: what each gave, and the exit code. */
async function runCalls(rows, options) {
  const { stdout, exitCode } = await engine.run(await program(rows), { ...options, encoding: 'buffer' });
  const size = OUT_BYTES + 4;
  const answers = Array.from({ length: stdout.length / size }, (_, index) =>
    answer(stdout.subarray(index * size, (index + 1) * size)),
  );
  return { answers, exitCode };
}

/** An instance through which JavaScript calls preview1. */
async function preview1(options) {
  const instance = await engine.instantiate(await reactor(), options);
  const call = (name, ...args) => {
    const { numbers, segments } = layout(args);
    const memory = new Uint8Array(instance.memory.buffer);
    memory.fill(0, OUT, OUT + OUT_BYTES);
    for (const [start, bytes] of segments) memory.set(bytes, start);
    const types = SIGNATURES[name];
    const errno = instance.exports[name](
      ...numbers.map((value, index) => (types[index] === 'l' ? BigInt(value) : value)),
    );
    const results = new Uint8Array(instance.memory.buffer).slice(OUT - 4, OUT + OUT_BYTES);
    new DataView(results.buffer).setInt32(0, errno ?? 0, true);
    return answer(results);
  };
  /** Polls; gives the errno and the events as `{ userdata, errno, type }`. */
  const poll = (...subscriptions) => {
    const subs = at(Buffer.concat(subscriptions.map(subscription)));
    const got = call('poll_oneoff', subs, EVENTS, subscriptions.length, OUT);
    const view = new DataView(instance.memory.buffer);
    const events = Array.from({ length: got.u32(0) }, (_, n) => ({
      userdata: Number(view.getBigUint64(EVENTS + 32 * n, true)),
      errno: view.getUint16(EVENTS + 32 * n + 8, true),
      type: ['clock', 'read', 'write'][view.getUint8(EVENTS + 32 * n + 10)],
    }));
    return { errno: got.errno, events };
  };
  return { instance, call, poll };
}

module.exports = { ERRNO, OUT, SIGNATURES, at, iovec, preview1, runCalls, subscription };
