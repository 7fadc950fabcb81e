'use strict';
/** Crossings between Haskell and JavaScript; times are for one crossing. */

const path = require('node:path');

const file = path.join(__dirname, '..', 'haskell', 'Bridge.hs');
const options = { optimize: 2 };

/** `count` crossings in one call of an export. */
const loop = (name, title, count, target) => ({
  group: 'bridge',
  title,
  file,
  options,
  count,
  run: (exports) => exports[name](count),
  target,
});

/** `count` calls of an export, one after the other. */
const calls = (title, count, target, call) => ({
  group: 'bridge',
  title,
  file,
  options,
  count,
  async run(exports) {
    for (let done = 0; done < count; done += 1) {
      await call(exports);
    }
  },
  target,
});

const text = (length) => 'abcdefghijklmnop'.repeat(length / 16);
const roundTrip = (length, count, target) => {
  const sent = text(length);
  return calls(`string round trip, ${length.toLocaleString('en')} characters`, count, target, (exports) =>
    exports.echo(sent),
  );
};

module.exports = [
  calls('await exports.noop()', 5000, 1, (exports) => exports.noop()),
  loop('numbers', 'sync import of numbers', 200_000, 4),
  loop('units', 'sync import with unit result', 200_000, 1.5),
  loop('jsObjects', 'JSVal made, read, freed', 100_000, 0.7),
  roundTrip(16, 2000, 1),
  roundTrip(1024, 500, 0.8),
  roundTrip(65_536, 10, 0.6),
  loop('later', 'async import awaited', 5000, 1.2),
];
