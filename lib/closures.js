'use strict';
/**
 * What `bridge.js` generates, made of closures instead: slower, for where making functions from text is not allowed.
 * Line by line the same steps in the same order, through the same typed arrays.
 */

const { view, place, toBigInt, GRANT, MASK } = require('./cells.js');

/** A function that reads argument `n`. */
function reader(cells, values, type, n) {
  const [array, at] = [cells[view(type)], place(type, n)];
  return type === 'externref' ? () => values[array[at] & MASK] : () => array[at];
}

/** As `shim` of `bridge.js`. */
function shim(cells, values, queue, snippet, params, result, test) {
  const readers = params.map((type, n) => reader(cells, values, type, n));
  const call = () => {
    if (queue.i32[0] !== 0) {
      queue.drain();
    }
    const args = readers.map((read) => read());
    if (test) {
      queue.i32[GRANT] = +test(...args);
    }
    return snippet(...args);
  };
  if (result === undefined) {
    return () => {
      call();
    };
  }
  const array = cells[view(result)];
  if (result === 'externref') {
    const key = place(result, params.length);
    return () => {
      const slot = array[key] & MASK; // Nothing in the queue writes it.
      values[slot] = call();
    };
  }
  const at = place(result, 0);
  return () => {
    array[at] = call();
  };
}

/** As `runner` of `bridge.js`. */
function runner(values, queue, number, snippet, params, gives, test) {
  const { i32 } = queue;
  const cell = (at, type, n) =>
    queue[view(type)][type === 'i64' || type === 'f64' ? at + n + 1 : 2 * (at + n + 1)];
  const value = (at, type, n) =>
    type === 'externref' ? values[cell(at, type, n) & MASK] : cell(at, type, n);
  return (start, end) => {
    let at = start;
    do {
      const from = at;
      const given = snippet(...params.map((type, n) => value(from, type, n)));
      if (gives) {
        values[cell(at, 'externref', params.length) & MASK] = given;
      }
      at += 1 + params.length + (gives ? 1 : 0);
    } while (at < end && i32[2 * at] === number);
    test?.useful();
    return at;
  };
}

const toNumber = (value) => (typeof value === 'number' ? value : +value);

const CONVERT = {
  i32: toNumber,
  f32: toNumber,
  f64: toNumber,
  i64: (value) => (typeof value === 'bigint' ? value : toBigInt(value)),
  externref: (value) => value,
};

/** As `exportFunction` of `bridge.js`. */
function exportFunction(calls, number, params, result, kind) {
  const { cells, values, queue } = calls;
  const isEither = kind === 'either';
  const found = () => (isEither ? calls.kinds[number] : kind);
  const read = result === undefined ? () => undefined : reader(cells, values, result, 0);
  const convert = (type, n, args) => CONVERT[type](args[n]);
  const writers = params.map((type, n) => {
    const [array, at] = [cells[view(type)], place(type, n)];
    return (value, key) => {
      if (type === 'externref') {
        values[key & MASK] = value;
      }
      array[at] = type === 'externref' ? key : value;
    };
  });
  const call = (...given) => {
    const args = params.map((type, n) => convert(type, n, given));
    if (!calls.ready) {
      return calls.later(found(), call, args);
    }
    const keys = [];
    for (const type of params) {
      const key = type === 'externref' ? calls.key() : undefined;
      if (key < 0) {
        return calls.refused(found());
      }
      keys.push(key);
    }
    writers.forEach((write, n) => write(args[n], keys[n]));
    const outer = isEither && calls.observe();
    const learn = () => isEither && calls.learn(number, outer);
    const drain = () => queue.i32[0] !== 0 && queue.drain();
    let status;
    try {
      status = calls.enter(number);
    } catch (error) {
      drain();
      learn();
      return calls.thrown(found(), error);
    }
    drain();
    learn();
    if (status !== undefined) {
      return calls.unfinished(found(), status, read);
    }
    const value = read();
    if (cells.i32[0] !== 0) {
      calls.tidy();
    }
    return value;
  };
  return Object.defineProperty(call, 'length', { value: params.length, configurable: true });
}

module.exports = { shim, runner, exportFunction };
