'use strict';
/**
 * Event logs of GHC's runtime ("Eventlog encodings" in GHC's user guide), as far as a picture of a run needs them: when threads ran,
 * when the collector did, what was on the heap, and what the program wrote with `traceEventIO` and `traceMarkerIO`.
 *
 * Events that are not known here are left out: the log says how long each is.
 */

const HEADER = 'hdrb';
const TYPES = 'hetb';
const TYPE = 'etb\0';
const TYPE_END = 'ete\0';
const TYPES_END = 'hete';
const HEADER_END = 'hdre';
const DATA = 'datb';
const END = 0xffff;
/** The length of a type whose events say theirs. */
const VARIABLE = 0xffff;

/** Why a thread stopped, by the numbers of `EVENT_STOP_THREAD`. */
const STOPPED = {
  1: 'heap overflow',
  2: 'stack overflow',
  3: 'yielded',
  4: 'blocked',
  5: 'finished',
  6: 'foreign call',
  7: 'waits for an MVar',
  8: 'waits for a value',
  9: 'waits to read',
  10: 'waits to write',
  11: 'sleeps',
  12: 'waits in STM',
  16: 'throws to another thread',
  20: 'waits to read an MVar',
};

/** What is read of the events that are known, by their numbers. */
const KNOWN = {
  1: (data) => ({ kind: 'run', thread: data.u32() }),
  2: (data) => ({ kind: 'stop', thread: data.u32(), why: STOPPED[data.u16()] ?? 'blocked' }),
  9: () => ({ kind: 'collect' }),
  10: () => ({ kind: 'collected' }),
  16: (data) => ({ kind: 'log', text: data.rest() }),
  19: (data) => ({ kind: 'event', text: data.rest() }),
  43: (data) => ({ kind: 'clock', unixMs: data.after(4).u64() * 1000 + data.u32() / 1e6 }),
  44: (data) => ({ kind: 'label', thread: data.u32(), text: data.rest() }),
  50: (data) => ({ kind: 'heap', bytes: data.after(4).u64() }),
  51: (data) => ({ kind: 'live', bytes: data.after(4).u64() }),
  58: (data) => ({ kind: 'marker', text: data.rest() }),
};

/** Big-endian numbers, one after the other. */
class Data {
  #bytes;
  #view;

  constructor(bytes) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
  }

  #skip(length) {
    this.at += length;
    return this.at - length;
  }

  /** The same, so many bytes on. */
  after(length) {
    this.#skip(length);
    return this;
  }

  u16() {
    return this.#view.getUint16(this.#skip(2));
  }

  u32() {
    return this.#view.getUint32(this.#skip(4));
  }

  u64() {
    return Number(this.#view.getBigUint64(this.#skip(8)));
  }

  bytes(length) {
    const from = this.#skip(length);
    if (this.at > this.#bytes.length) {
      throw new RangeError('the log ends within an event');
    }
    return new Data(this.#bytes.subarray(from, this.at));
  }

  rest() {
    return new TextDecoder().decode(this.#bytes.subarray(this.at)).replace(/\0$/, '');
  }

  /** Whether the next four bytes are that word; then they are read. */
  has(word) {
    const found = String.fromCharCode(...this.#bytes.subarray(this.at, this.at + 4));
    this.at += found === word ? 4 : 0;
    return found === word;
  }

  word(wanted) {
    if (!this.has(wanted)) {
      throw new SyntaxError(
        `expected an event log of GHC's runtime; '${wanted}' is missing at byte ${this.at}`,
      );
    }
  }
}

/**
 * Reads a log. One that was cut off within an event is read up to there, as a program leaves it that is ended.
 *
 * @param {Uint8Array} bytes
 * @returns {{ events: Array<{ ms: number, kind: string }>, unixMs: number | undefined }} events in order of time, in milliseconds since
 *   the runtime's beginning; when that was, since 1970, if the log says so
 * @throws {SyntaxError} for what is no log
 */
function readEventLog(bytes) {
  const data = new Data(bytes);
  const lengths = readTypes(data);
  const events = [];
  let unixMs;
  for (const event of within(data, lengths)) {
    if (event.kind === 'clock') {
      unixMs ??= event.unixMs - event.ms;
    } else {
      events.push(event);
    }
  }
  return { events: events.sort((a, b) => a.ms - b.ms), unixMs };
}

/** How long the events of each type are. */
function readTypes(data) {
  const lengths = new Map();
  data.word(HEADER);
  data.word(TYPES);
  while (data.has(TYPE)) {
    const number = data.u16();
    lengths.set(number, data.u16());
    data.bytes(data.u32()); // Its description.
    data.bytes(data.u32());
    data.word(TYPE_END);
  }
  for (const word of [TYPES_END, HEADER_END, DATA]) {
    data.word(word);
  }
  return lengths;
}

function* within(data, lengths) {
  try {
    for (let number = data.u16(); number !== END; number = data.u16()) {
      const ms = data.u64() / 1e6;
      const fixed = lengths.get(number);
      const payload = data.bytes(fixed === VARIABLE ? data.u16() : fixed);
      if (number in KNOWN) {
        yield { ms, ...KNOWN[number](payload) };
      }
    }
  } catch (error) {
    if (!(error instanceof RangeError)) {
      throw error;
    }
  }
}

/** What took time: `{ name, from, to }` in milliseconds, threads and the collector. */
function spansOf({ events }) {
  const labels = new Map();
  const spans = [];
  const open = new Map();
  const begin = (what, ms) => open.set(what, ms);
  const end = (what, name, ms) => {
    if (open.has(what)) {
      spans.push({ ...name, from: open.get(what), to: ms });
      open.delete(what);
    }
  };
  const nameOf = (thread) => (labels.has(thread) ? `${labels.get(thread)} (${thread})` : `thread ${thread}`);
  for (const { kind, ms, thread, text, why } of events) {
    if (kind === 'label') labels.set(thread, text);
    else if (kind === 'run') begin(thread, ms);
    else if (kind === 'stop') end(thread, { kind: 'thread', name: nameOf(thread), why }, ms);
    else if (kind === 'collect') begin('collector', ms);
    else if (kind === 'collected') end('collector', { kind: 'collector', name: 'collection' }, ms);
  }
  return spans.sort((a, b) => a.from - b.from);
}

module.exports = { readEventLog, spansOf };
