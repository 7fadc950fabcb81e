'use strict';
/**
 * Functions that cross: exports as JavaScript functions, snippets as functions that native code can call. How values
 * pass is told in `cells.js`.
 *
 * The functions are made by code generation, once for each signature: a loop over types would cost more than the call. What stands in
 * parentheses V8 compiles at once, instead of reading it a second time, and so it is in the code that is kept (`kept-code.js`).
 * Where that is not allowed, `closures.js` makes functions that do the same.
 */

const {
  Cells,
  view,
  place,
  toBigInt,
  LAYOUT,
  FIRST,
  GRANT,
  MASK,
  STATUS,
  BLOCK,
  ROAM,
} = require('./cells.js');
const closures = require('./closures.js');
const { generateFor } = require('./generate.js');

/** How the value in argument cell `n` is written in JavaScript. */
function written(type, n) {
  const cell = `${view(type)}[${place(type, n)}]`;
  return type === 'externref' ? `values[${cell} & ${MASK}]` : cell;
}

/**
 * A function without arguments that reads the arguments of `snippet` from the cells, calls it and writes its
 * result. The place of the result is read before the call: a nested call uses the same cells. What is in the queue
 * comes first.
 *
 * @param {{ cells: Cells, values: unknown[], queue: import('./queue.js').Queue }} lanes
 * @param {{ params: string[], results: string[] }} signature
 * @param {Function} snippet
 * @param {Function} [test] see `deferral.js`
 */
function shim({ cells, values, queue }, signature, snippet, test) {
  const { params, results } = signature;
  const name = () => `shim ${params}|${results}|${test !== undefined}`;
  const purpose = test ? 'tested shim' : 'shim';
  const make = generateFor(signature, purpose, name, () => shimText(signature, test));
  return make
    ? make(cells, values, queue, snippet, test)
    : closures.shim(cells, values, queue, snippet, params, results[0], test);
}

/** The text of `shim`. */
function shimText({ params, results }, test) {
  const [result] = results;
  const names = params.map((_, n) => `a${n}`).join(', ');
  const read = params.map((type, n) => `const a${n} = ${written(type, n)};`).join(' ');
  const looks = test ? `queue.i32[${GRANT}] = +test(${names});` : '';
  const call =
    result === undefined
      ? `snippet(${names});`
      : `${written(result, result === 'externref' ? params.length : 0)} = snippet(${names});`;
  return {
    parameters: ['cells', 'values', 'queue', 'snippet', 'test'],
    body: `const { i32, i64, f32, f64 } = cells;
      const queued = queue.i32;
      return (() => {
        if (queued[0] !== 0) queue.drain();
        ${read} ${looks}
        ${call}
      });`,
  };
}

/**
 * A function that makes the calls of `snippet`, which is number `number`, that are in the queue from cell `at` on, as many as
 * come one after the other, and gives where it has stopped.
 *
 * @param {{ values: unknown[], queue: import('./queue.js').Queue }} lanes
 * @param {number} number
 * @param {{ body: string, params: string[], results: string[] }} described as the addon describes it
 * @param {Function} snippet
 * @param {Function} [test] see `deferral.js`
 */
function runner({ values, queue }, number, described, snippet, test) {
  const { body, params, results } = described;
  const name = () => `runner ${params}|${results.length}|${test !== undefined}|${body}`;
  const purpose = test ? 'tested runner' : 'runner';
  const make = generateFor(described, purpose, name, () => runnerText(described, test));
  return make
    ? make(values, queue, snippet, test, number)
    : closures.runner(values, queue, number, snippet, params, results.length > 0, test);
}

/** The text of `runner`. */
function runnerText({ body, params, results }, test) {
  const cell = (type, n) =>
    type === 'i64' || type === 'f64' ? `${type}[at + ${n + 1}]` : `${view(type)}[2 * at + ${2 * (n + 1)}]`;
  const value = (type, n) => (type === 'externref' ? `values[${cell(type, n)} & ${MASK}]` : cell(type, n));
  const call = `snippet(${params.map(value).join(', ')})`;
  const size = 1 + params.length + results.length;
  return {
    parameters: ['values', 'queue', 'snippet', 'test', 'number'],
    // The text is of this snippet alone, so that V8 makes one function of the loop and the snippet.
    body: `${JSON.stringify(body)};
      const { i32, i64, f32, f64 } = queue;
      return ((at, end) => {
        do {
          ${results.length > 0 ? `${value('externref', params.length)} = ${call};` : `${call};`}
          at += ${size};
        } while (at < end && i32[2 * at] === number);
        ${test ? 'test.useful();' : ''}
        return at;
      });`,
  };
}

/** What an argument is made into before anything else happens: conversions may run code of the caller's. */
const CONVERT = {
  i32: (name) => `if (typeof ${name} !== 'number') ${name} = +${name};`,
  f32: (name) => `if (typeof ${name} !== 'number') ${name} = +${name};`,
  f64: (name) => `if (typeof ${name} !== 'number') ${name} = +${name};`,
  i64: (name) => `if (typeof ${name} !== 'bigint') ${name} = toBigInt(${name});`,
  externref: () => '',
};

/** The number by which native code calls an export. Only who gets a promise can do without the guest on this thread. */
const numbered = (index, kind) => (index | ({ value: BLOCK, either: 0 }[kind] ?? ROAM)) >>> 0;

/** The text of `exportFunction`. */
function exportText(params, result, kind) {
  const names = params.map((_, n) => `a${n}`);
  const convert = params.map((type, n) => CONVERT[type](names[n])).join(' ');
  const found = kind === 'either' ? 'calls.kinds[number]' : `'${kind}'`;
  const [before, after] =
    kind === 'either' ? ['const outer = calls.observe();', 'calls.learn(number, outer);'] : ['', ''];
  const keys = params
    .map((type, n) =>
      type === 'externref' ? `const k${n} = calls.key(); if (k${n} < 0) return calls.refused(${found});` : '',
    )
    .join(' ');
  const write = params
    .map((type, n) =>
      type === 'externref'
        ? `values[k${n} & ${MASK}] = a${n}; i32[${place(type, n)}] = k${n};`
        : `${written(type, n)} = a${n};`,
    )
    .join(' ');
  const read = result === undefined ? 'undefined' : written(result, 0);
  return {
    parameters: ['calls', 'number', 'cells', 'values', 'queue', 'toBigInt'],
    body: `const { i32, i64, f32, f64 } = cells;
      const queued = queue.i32;
      const read = (() => ${read});
      const call = ((${names}) => {
        ${convert}
        if (!calls.ready) return calls.later(${found}, call, [${names}]);
        ${keys}
        ${write}
        ${before}
        let status;
        try {
          status = calls.enter(number);
        } catch (error) {
          if (queued[0] !== 0) queue.drain();
          ${after}
          return calls.thrown(${found}, error);
        }
        if (queued[0] !== 0) queue.drain();
        ${after}
        if (status !== undefined) return calls.unfinished(${found}, status, read);
        const result = read();
        if (i32[0] !== 0) calls.tidy();
        return result;
      });
      return call;`,
  };
}

/**
 * The JavaScript function of an export.
 *
 * @param {import('./calls.js').Calls} calls
 * @param {number} index of the export
 * @param {{ params: string[], results: string[] }} signature
 * @param {'promise' | 'value' | 'nothing' | 'either'} kind what the caller gets when the call fails, when the guest waits,
 *   or when it is waiting in another call: a promise; a value, for which the thread waits; or nothing, the call being
 *   done later. `either`: see Note [Promise or value] in `calls.js`
 */
function exportFunction(calls, index, signature, kind) {
  const { params, results } = signature;
  const [result] = results;
  if ([...params, ...results].includes('other') || results.length > 1) {
    return () => {
      throw new TypeError('type incompatible when transforming from/to JS');
    };
  }
  const number = numbered(index, kind);
  const name = () => `export ${params}|${result}|${kind}`;
  const make = generateFor(signature, kind, name, () => exportText(params, result, kind));
  return make
    ? make(calls, number, calls.cells, calls.values, calls.queue, toBigInt)
    : closures.exportFunction(calls, number, params, result, kind);
}

module.exports = { Cells, shim, runner, exportFunction, toBigInt, LAYOUT, MASK, STATUS, FIRST };
