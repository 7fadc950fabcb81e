'use strict';
/** Measuring by turns: both engines in one process, round about, so that what disturbs the one disturbs the other. */

/** Rounds that are thrown away: caches fill, V8 optimises. */
const WARM_UP = 2;

/**
 * Times `work(engine)` for both engines in every round, the first changing from round to round.
 *
 * @param {readonly string[]} engines
 * @param {(engine: string) => Promise<number>} work gives nanoseconds
 * @param {number} rounds
 * @returns {Promise<Record<string, number> & { ratio: number }>} medians, and the median of the rounds' ratios
 */
async function byTurns(engines, work, rounds) {
  const times = engines.map(() => []);
  for (let round = -WARM_UP; round < rounds; round += 1) {
    const order = engines.map((_, place) => (place + Math.abs(round)) % engines.length);
    for (const place of order) {
      const time = await work(engines[place]);
      if (round >= 0) {
        times[place].push(time);
      }
    }
  }
  const [ours, theirs] = times;
  const ratio = median(ours.map((time, round) => time / theirs[round]));
  return { ...Object.fromEntries(engines.map((name, place) => [name, median(times[place])])), ratio };
}

/** Nanoseconds that `action` takes. */
async function nanoseconds(action) {
  const start = process.hrtime.bigint();
  await action();
  return Number(process.hrtime.bigint() - start);
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const geometricMean = (numbers) =>
  Math.exp(numbers.reduce((sum, each) => sum + Math.log(each), 0) / numbers.length);

module.exports = { byTurns, geometricMean, median, nanoseconds };
