'use strict';
// What crosses where functions cannot be generated: closures take the same steps as the generated functions, and
// leave the same bytes.

const { ours } = require('./support');
const bridge = require('../lib/bridge.js');
const { BLOCK, ROAM, Cells, place, view } = require('../lib/cells.js');
const closures = require('../lib/closures.js');
const { Queue } = require('../lib/queue.js');

/** The number with which export 0 is entered. */
const number = (kind) => ({ value: BLOCK, either: 0 })[kind] ?? ROAM;

const types = ['i32', 'i64', 'f32', 'f64', 'externref'];
const thing = { valueOf: () => 7 };
const odd = [
  [undefined, null, true, false, '', ' 12 ', '0x10', 'x', [], [3], {}, thing, () => 1, Symbol('s')],
  [0, -0, 1.9, -1.9, NaN, Infinity, 2 ** 31, -(2 ** 31) - 1, 2 ** 32 + 1, 2 ** 53, 1e308, 1e-45, 0.1],
  [0n, -1n, 2n ** 31n, 2n ** 63n, 2n ** 64n + 5n, -(2n ** 63n) - 1n],
  Object.assign(() => 1, { [Symbol.toPrimitive]: () => 5n }),
  {
    valueOf() {
      throw new RangeError('valueOf');
    },
  },
].flat();

/** What `act(cells, values)` leaves in the cells, and what it gives or throws. */
function traces(act) {
  const cells = new Cells(4);
  const values = [];
  let outcome;
  try {
    outcome = { returned: act(cells, values) };
  } catch (error) {
    outcome = { name: error.name, message: error.message };
  }
  return { outcome, bytes: [...new Uint8Array(cells.buffer)], values };
}

/** A runtime that hands out keys and answers a call with what is in the cells already. */
const runtime = (cells, values) => ({
  cells,
  values,
  queue: new Queue(),
  ready: true,
  kinds: [],
  keys: 0,
  key() {
    return (this.keys += 1);
  },
  enter() {},
  observe() {},
  learn() {},
  tidy() {},
  thrown(kind, error) {
    throw error;
  },
});

ours.each(types)('an argument %s', (type) => {
  for (const value of odd) {
    for (const args of [[value], [1, value], [value, value, 'more'], []]) {
      const signature = {
        params: ['i32', type].slice(2 - Math.max(1, Math.min(args.length, 2))),
        results: [],
      };
      const call = (make) => (cells, values) => make(runtime(cells, values), signature)(...args);
      const generated = call((...of) => bridge.exportFunction(of[0], 0, of[1], 'value'));
      const closed = call((of, { params }) => closures.exportFunction(of, 0, params, undefined, 'value'));
      expect(traces(closed)).toEqual(traces(generated));
    }
  }
});

ours.each(types)('a result %s of a snippet', (type) => {
  for (const value of odd) {
    const signature = { params: ['f64', type], results: [type] };
    const run = (make) => (cells, values) => {
      cells.f64[place('f64', 0)] = 2.5;
      cells[view(type)][place(type, 1)] = type === 'i64' ? 3n : 3;
      values[3] = thing;
      cells.i32[place('externref', 2)] = 6;
      const seen = [];
      const shim = make(cells, values, (...args) => {
        seen.push(...args);
        // A nested call uses the same cells.
        cells.i32[place('externref', 2)] = 9;
        return value;
      });
      const returned = shim();
      return { returned, seen };
    };
    const queue = new Queue();
    const generated = run((cells, values, snippet) =>
      bridge.shim({ cells, values, queue }, signature, snippet),
    );
    const closed = run((cells, values, snippet) =>
      closures.shim(cells, values, queue, snippet, signature.params, type),
    );
    expect(traces(closed)).toEqual(traces(generated));
  }
});

ours.each(['value', 'promise', 'nothing', 'either'])(
  'a call that gives a %s takes the same steps',
  (kind) => {
    const steps = (make, changes) => {
      const cells = new Cells(4);
      const log = [];
      const logged = { ...runtime(cells, []), ...changes };
      const spied = new Proxy(logged, {
        get: (target, name) =>
          typeof target[name] !== 'function'
            ? target[name]
            : (...args) => {
                log.push([name, ...args.map((arg) => (typeof arg === 'function' ? 'function' : arg))]);
                return target[name](...args);
              },
      });
      const signature = { params: ['externref', 'f32', 'externref'], results: ['externref'] };
      return { log, outcome: traces(() => make(spied, signature)(thing, 2.5, 'x')) };
    };
    for (const changes of [
      { kinds: ['promise'] },
      { kinds: ['promise'], ready: false, later: () => 'later' },
      { kinds: ['value'], key: () => -1, refused: () => 'refused' },
      { kinds: ['promise'], enter: () => 1, unfinished: () => 'unfinished' },
      {
        kinds: ['value'],
        enter() {
          throw thing;
        },
        thrown: () => 'thrown',
      },
    ]) {
      const generated = steps((of, signature) => bridge.exportFunction(of, 0, signature, kind), changes);
      const closed = steps(
        (of, { params, results }) => closures.exportFunction(of, number(kind), params, results[0], kind),
        changes,
      );
      expect(closed).toEqual(generated);
    }
  },
);

ours.each([true, false])('what is in the queue comes first, where something is looked at: %s', (looks) => {
  const params = ['f64', 'externref', 'i32'];
  const steps = (shim, runner) => {
    const [cells, values, queue, log] = [new Cells(4), [null, 'x'], new Queue(), []];
    const lanes = { cells, values, queue };
    const snippet = (...args) => log.push(args);
    const test = looks ? (...args) => log.push(['looks', ...args]) > 2 : undefined;
    if (test) test.useful = () => log.push('useful');
    const made = (...args) => ({ made: args });
    queue.start([
      runner(lanes, 0, { body: 'log', params, results: [] }, snippet, test),
      runner(lanes, 1, { body: 'made', params, results: ['externref'] }, made),
    ]);
    // Calls 0, 1, 1, 0, 0; those of 1 put what they make at keys 2 and 3.
    let at = 2;
    for (const [step, which] of [0, 1, 1, 0, 0].entries()) {
      queue.i32[2 * at] = which;
      queue.f64[at + 1] = step + 0.5;
      queue.i32[2 * (at + 2)] = 1;
      queue.i32[2 * (at + 3)] = -step;
      queue.i32[2 * (at + 4)] = which === 1 ? step + 1 : 0;
      at += 4 + which;
    }
    queue.i32[0] = at;
    cells.i32[place('externref', 1)] = 2;
    shim(lanes, { params, results: [] }, snippet, test)();
    return { log, values, end: queue.i32[0], grant: queue.i32[2] };
  };
  const closed = steps(
    ({ cells, values, queue }, _, snippet, test) =>
      closures.shim(cells, values, queue, snippet, params, undefined, test),
    ({ values, queue }, which, { results }, snippet, test) =>
      closures.runner(values, queue, which, snippet, params, results.length > 0, test),
  );
  expect(closed).toEqual(steps(bridge.shim, bridge.runner));
  expect(closed.values.slice(2)).toEqual([{ made: [1.5, 'x', -1] }, { made: [2.5, 'x', -2] }]);
  expect(closed).toMatchObject({ end: 0, grant: looks ? 1 : 0 });
});

ours('a result of an export', () => {
  for (const type of types) {
    const read = (make) =>
      traces((cells, values) => {
        cells.i32.fill(0x7fc1_2345);
        cells.i32[0] = 0;
        values[0x7fc1_2345 & bridge.MASK] = thing;
        return make(runtime(cells, values))();
      });
    const generated = read((of) => bridge.exportFunction(of, 0, { params: [], results: [type] }, 'value'));
    expect(read((of) => closures.exportFunction(of, 0, [], type, 'value'))).toEqual(generated);
  }
});

ours('has the same number of parameters', () => {
  const params = ['i32', 'externref', 'i64'];
  const of = runtime(new Cells(3), []);
  expect(closures.exportFunction(of, 0, params, undefined, 'value')).toHaveLength(3);
  expect(bridge.exportFunction(of, 0, { params, results: [] }, 'value')).toHaveLength(3);
});
