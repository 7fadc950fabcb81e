'use strict';
/**
 * CPU samples and an event log as a profile for <https://profiler.firefox.com>: its "processed profile format", version 57.
 *
 * Tables are by column, and rows are named by their place. The samples' clock is the machine's and so is the event log's; a log
 * without the time of day is taken to begin with the samples.
 */

const { spansOf } = require('./event-log.js');

const CATEGORIES = [
  { name: 'Other', color: 'grey', subcategories: ['Other'] },
  { name: 'Haskell', color: 'purple', subcategories: ['Other'] },
  { name: "GHC's runtime", color: 'orange', subcategories: ['Other'] },
];
const [OTHER, HASKELL, RUNTIME] = CATEGORIES.keys();

/** `Data.Map.insert`, and GHC's names for code without one: `_blk_c2Ou`, `s2J8_entry`. */
const OF_HASKELL = /^([A-Z][\w']*\.)+[^.]|^_blk_|^[a-z][0-9A-Za-z]+_(entry|info)$/;

/** Kinds of markers and what they say. */
const SCHEMAS = [
  ['HaskellThread', '{marker.name}', 'Why it stopped'],
  ['Collection', 'garbage collection', undefined],
  ['UserEvent', '{marker.data.text}', 'Text'],
].map(([name, label, field]) => ({
  name,
  display: ['marker-chart', 'marker-table', 'timeline-overview'],
  chartLabel: label,
  tableLabel: label,
  fields: field ? [{ key: 'text', label: field, format: 'string' }] : [],
}));

const INTERVAL = 1;
const INSTANT = 0;
const PID = '1';

/** Texts by number. */
class Strings {
  #numbers = new Map();

  number(text) {
    if (!this.#numbers.has(text)) {
      this.#numbers.set(text, this.#numbers.size);
    }
    return this.#numbers.get(text);
  }

  get array() {
    return [...this.#numbers.keys()];
  }
}

const nulls = (length) => Array(length).fill(null);
const zeros = (length) => Array(length).fill(0);

/** Differences between neighbours; the first one's to zero. */
const deltas = (times) => times.map((time, at) => time - (times[at - 1] ?? 0));

/**
 * @param {{ name: string, samples: object, log?: ReturnType<import('./event-log.js').readEventLog> }} recorded `samples`: as native
 *   code gives them
 * @returns {object} to be written as JSON
 */
function firefoxProfile({ name, samples, log }) {
  const strings = new Strings();
  const offset = log?.unixMs === undefined ? 0 : log.unixMs - samples.began;
  return {
    meta: {
      version: 24,
      preprocessedProfileVersion: 57,
      interval: samples.interval,
      startTime: samples.began,
      processType: 0,
      product: name,
      symbolicated: true,
      debug: false,
      categories: CATEGORIES,
      markerSchema: SCHEMAS,
      sampleUnits: { time: 'ms', eventDelay: 'ms', threadCPUDelta: 'µs' },
      extensions: { length: 0, baseURL: [], id: [], name: [] },
      pausedRanges: [],
      usesOnlyOneStackType: true,
      sourceCodeIsNotOnSearchfox: true,
    },
    libs: [],
    pages: [],
    profilerOverhead: [],
    threads: [
      {
        name,
        isMainThread: true,
        processName: name,
        processType: 'default',
        processStartupTime: 0,
        processShutdownTime: samples.took,
        registerTime: 0,
        unregisterTime: samples.took,
        pausedRanges: [],
        pid: PID,
        tid: 1,
        showMarkersInTimeline: true,
        ...stacks(samples, strings),
        samples: sampleTable(samples),
        markers: markerTable(log, strings, offset),
      },
    ],
    counters: heapCounters(log, offset),
    shared: { stringArray: strings.array },
  };
}

/** A frame for each function of the module, and the stacks of them. GHC's pieces of one function have one name: they are one here. */
function stacks({ nodes, names, places: sources = {} }, strings) {
  const numbers = Object.keys(names).map(Number);
  const places = new Map(numbers.map((number, place) => [number, place]));
  const { length: frames } = numbers;
  const named = numbers.map((number) => names[number]);
  const functions = [...new Set(named)];
  const { length } = functions;
  const written = functions.map((text) => sourceOf(sources[numbers[named.indexOf(text)]]));
  return {
    funcTable: {
      length,
      name: functions.map((text) => strings.number(text)),
      isJS: Array(length).fill(false),
      relevantForJS: Array(length).fill(false),
      resource: Array(length).fill(-1),
      fileName: written.map(({ file }) => file && strings.number(file)),
      lineNumber: written.map(({ line }) => line),
      columnNumber: written.map(({ column }) => column),
    },
    frameTable: {
      length: frames,
      func: named.map((text) => functions.indexOf(text)),
      address: Array(frames).fill(-1),
      inlineDepth: zeros(frames),
      category: named.map((text) => (OF_HASKELL.test(text) ? HASKELL : RUNTIME)),
      subcategory: zeros(frames),
      nativeSymbol: nulls(frames),
      innerWindowID: zeros(frames),
      line: nulls(frames),
      column: nulls(frames),
    },
    stackTable: {
      length: nodes.length,
      prefix: nodes.map(([below]) => below),
      frame: nodes.map(([, number]) => places.get(number)),
    },
    nativeSymbols: { length: 0, libIndex: [], address: [], name: [], functionSize: [] },
    resourceTable: { length: 0, lib: [], name: [], host: [], type: [] },
  };
}

/** A place in Haskell's source, `Fib.hs:12:5-20` or `Fib.hs:(12,5)-(14,9)`; nothing of it if it is not known. */
function sourceOf(place) {
  const [, file, line, column] = /^(.*?):\(?(\d+)[:,](\d+)/.exec(place ?? '') ?? [];
  return file === undefined
    ? { file: null, line: null, column: null }
    : { file, line: Number(line), column: Number(column) };
}

function sampleTable({ times, stacks: seen, interval }) {
  return {
    length: times.length,
    weightType: 'samples',
    weight: null,
    stack: seen,
    timeDeltas: deltas(times),
    // Where samples are far apart, nothing was computed between them.
    threadCPUDelta: deltas(times).map((delta) => Math.round(Math.min(delta, 2 * interval) * 1000)),
  };
}

function markerTable(log, strings, offset) {
  const markers = log ? markersOf(log) : [];
  return {
    length: markers.length,
    name: markers.map(({ name }) => strings.number(name)),
    startTime: markers.map(({ from }) => from + offset),
    endTime: markers.map(({ to }) => (to === undefined ? null : to + offset)),
    phase: markers.map(({ to }) => (to === undefined ? INSTANT : INTERVAL)),
    category: markers.map(({ category }) => category),
    data: markers.map(({ type, text }) => (text === undefined ? { type } : { type, text })),
  };
}

function markersOf(log) {
  const spans = spansOf(log).map(({ kind, name, why, from, to }) =>
    kind === 'collector'
      ? { name, type: 'Collection', category: RUNTIME, from, to }
      : { name, type: 'HaskellThread', category: HASKELL, text: why, from, to },
  );
  const said = log.events
    .filter(({ kind }) => kind === 'event' || kind === 'marker')
    .map(({ kind, text, ms }) => ({
      name: kind === 'event' ? 'traceEvent' : 'traceMarker',
      type: 'UserEvent',
      category: OTHER,
      text,
      from: ms,
    }));
  return [...spans, ...said].sort((a, b) => a.from - b.from);
}

/** What lived on the heap after each collection. */
function heapCounters(log, offset) {
  const live = log?.events.filter(({ kind }) => kind === 'live') ?? [];
  if (live.length === 0) {
    return [];
  }
  const samples = {
    length: live.length,
    timeDeltas: deltas(live.map(({ ms }) => ms + offset)),
    count: deltas(live.map(({ bytes }) => bytes)),
    number: zeros(live.length),
  };
  const description = "What was alive on GHC's heap after each collection";
  return [
    {
      name: 'Haskell heap',
      category: 'Memory',
      description,
      color: 'orange',
      pid: PID,
      mainThreadIndex: 0,
      samples,
    },
  ];
}

/** How many samples each function was the innermost of, the most first. */
function selfOf({ threads: [{ samples, stackTable, frameTable, funcTable }], shared }) {
  const counts = new Map();
  for (const stack of samples.stack) {
    const name = shared.stringArray[funcTable.name[frameTable.func[stackTable.frame[stack]]]];
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .map(([name, number]) => ({ name, samples: number }))
    .sort((a, b) => b.samples - a.samples);
}

module.exports = { firefoxProfile, selfOf };
