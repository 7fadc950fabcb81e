'use strict';
/**
 * Between the guest's pipes and JavaScript's streams. Output is taken when the guest has written some and the stream has
 * room; input is fed when the guest waits for some. So neither side buffers what the other does not want.
 *
 * Note [Ballast]: V8 collects the garbage of its young heap when that is full, and bytes of buffers do not count until they are
 * 32 MB. A long output would leave that much garbage about. So each piece comes with half its size of garbage that does
 * count, in the heap itself: 100 MiB into a file take as long with it as without.
 */

const fs = require('node:fs');
const { later } = require('./later.js');

const streams = later(() => require('node:stream'));

const isForwarded = ({ kind }) => kind === 'inherit' || kind === 'pipe' || kind === 'stream';

/** Where the guest's descriptors lead, for the addon. */
function describe({ stdin, stdout, stderr, captureLimitBytes }) {
  const output = (name, setting) => ({
    kind: isForwarded(setting) ? 'forward' : setting.kind,
    most: captureLimitBytes,
    terminal: isTerminal(name, setting),
  });
  const bytes = { ignore: () => Buffer.alloc(0), bytes: () => Buffer.from(stdin.bytes) }[stdin.kind]?.();
  return {
    stdin: { bytes, terminal: isTerminal('stdin', stdin) },
    stdout: output('stdout', stdout),
    stderr: output('stderr', stderr),
  };
}

/** Whether the guest is told that it has a terminal. Node takes 3 ms to make `process.stdout`: only what may be one is asked. */
function isTerminal(name, { kind, stream }) {
  const asked = kind === 'inherit' && isDevice(DESCRIPTORS[name]) ? process[name] : stream;
  return Boolean(asked?.isTTY);
}

const DESCRIPTORS = { stdin: 0, stdout: 1, stderr: 2 };

const devices = new Map();

/** Whether a descriptor was a device when it was first asked for: that does not change. */
function isDevice(descriptor) {
  if (!devices.has(descriptor)) {
    let isOne = false;
    try {
      isOne = fs.fstatSync(descriptor).isCharacterDevice();
    } catch {
      // It is closed.
    }
    devices.set(descriptor, isOne);
  }
  return devices.get(descriptor);
}

/**
 * A sink of output. While it is full nothing is written; `drained` is called when it has room again, `broken` when it
 * takes no more. It listens to a stream of Node only while that is full: the stream may be `process.stdout`, which
 * outlives every instance and serves them all.
 */
class Sink {
  full = false;
  failed = false;
  #write;
  #end;

  constructor({ kind, web }, stream, { drained, broken }) {
    const open = () => {
      this.full = false;
      drained();
    };
    const fail = () => {
      this.failed = true;
      broken();
      open();
    };
    if (web) {
      const writer = stream.getWriter();
      this.#write = (bytes) => {
        this.full = true;
        writer.write(bytes).then(open, fail);
      };
      this.#end = () => writer.releaseLock();
      return;
    }
    this.#write = (bytes) => {
      const hasRoom = stream.write(bytes, (error) => error && fail());
      if (!hasRoom && !this.failed) {
        this.full = true;
        stream.once('drain', open);
      }
    };
    this.#end = () => {
      stream.off('drain', open);
      if (kind === 'pipe') {
        stream.end();
      }
    };
  }

  write(bytes) {
    if (!this.failed) {
      this.#write(bytes);
    }
  }

  end() {
    this.#end();
  }
}

/** A source of input: pulls one chunk at a time. */
class Source {
  #iterator;
  #pulling = false;

  constructor(setting) {
    this.setting = setting;
  }

  /** Gets the next bytes, or `null` at the end. Asked again while it still waits, it does nothing. */
  pull(feed) {
    if (this.#pulling) {
      return;
    }
    this.#pulling = true;
    this.#iterator ??= iterate(this.setting);
    this.#iterator.next().then(
      ({ done, value }) => {
        this.#pulling = false;
        feed(done ? null : toBytes(value));
      },
      () => feed(null), // A source that fails has no more to give.
    );
  }

  /** Lets the stream go, so that others can read on and the process can end. */
  end() {
    if (this.#iterator && this.setting.kind === 'inherit') {
      process.stdin.pause();
      process.stdin.unref?.();
    } else if (this.#iterator) {
      this.#iterator.return?.()?.catch?.(() => {});
    }
  }
}

function iterate({ kind, stream }) {
  if (kind === 'inherit') {
    process.stdin.ref?.();
    return process.stdin.iterator({ destroyOnReturn: false });
  }
  return stream[Symbol.asyncIterator]();
}

function toBytes(value) {
  return typeof value === 'string'
    ? Buffer.from(value)
    : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** The three streams of one instance or run. */
class Streams {
  #native;
  #onFed;
  #source = null;
  #sinks = [];
  #finished = false;
  /** Garbage to be: see Note [Ballast]. */
  ballast = null;
  /** What the caller asked for with `'pipe'`. */
  pipes = { stdin: null, stdout: null, stderr: null };

  /**
   * @param {object} native has `takeOutput(fd)`, `closeOutput(fd)`, `wantsInput()` and `feed(bytes | undefined)`
   * @param {object} settings `stdin`, `stdout` and `stderr`, checked
   * @param {() => void} [onFed] called when the guest has been given something to read, or its end
   */
  constructor(native, { stdin, stdout, stderr }, onFed = () => {}) {
    this.#native = native;
    this.#onFed = onFed;
    if (stdin.kind === 'pipe') {
      this.pipes.stdin = new (streams().PassThrough)();
    }
    if (isForwarded(stdin)) {
      this.#source = new Source({ kind: stdin.kind, stream: this.pipes.stdin ?? stdin.stream });
    }
    this.#sink(1, 'stdout', stdout);
    this.#sink(2, 'stderr', stderr);
  }

  #sink(fd, name, setting) {
    if (!isForwarded(setting)) {
      return;
    }
    if (setting.kind === 'pipe') {
      this.pipes[name] = new (streams().PassThrough)();
    }
    const drained = () => this.flush();
    // The guest's next write fails as into a closed pipe, and a program that only prints ends.
    const broken = () => this.#native.closeOutput(fd);
    const open = () =>
      new Sink(setting, this.pipes[name] ?? setting.stream ?? process[name], { drained, broken });
    // Most guests print nothing: `process.stdout` is made by the first that does.
    this.#sinks.push({ fd, open, sink: setting.kind === 'inherit' ? null : open() });
  }

  /** Gives what the guest has written to a sink. */
  #pour(output) {
    const bytes = this.#native.takeOutput(output.fd);
    if (!bytes) {
      return 0;
    }
    output.sink ??= output.open();
    output.sink.write(bytes);
    return bytes.length;
  }

  /** Takes output as far as there is room for it. */
  flush() {
    for (const output of this.#sinks) {
      if (!output.sink?.full) {
        const length = this.#pour(output);
        if (length > 0) {
          this.ballast = Array(length >> 4).fill(0);
        }
      }
    }
  }

  /** Does what there is to do. */
  serve() {
    if (this.#finished) {
      return;
    }
    this.flush();
    if (this.#source && this.#native.wantsInput()) {
      this.#source.pull((bytes) => {
        if (!this.#finished) {
          this.#native.feed(bytes ?? undefined);
          this.#onFed();
        }
      });
    }
  }

  /** Takes what is left, room or not, and lets the streams go. */
  finish() {
    if (this.#finished) {
      return;
    }
    this.#finished = true;
    this.ballast = null;
    for (const output of this.#sinks) {
      this.#pour(output);
      output.sink?.end();
    }
    this.#source?.end();
  }
}

module.exports = { Streams, describe };
