'use strict';
/**
 * Heap profiles of GHC's runtime (`.hp`, see "Profiling memory usage" in GHC's user guide): read, summed up and drawn as an area for
 * each band, the largest at the bottom.
 */

const { HsWasmError } = require('../errors.js');
const { importing } = require('../kept-code.js');
const { count, escaped, hue } = require('../markup.js');

const WIDTH = 960;
const HEIGHT = 540;
const LEGEND = 320;
const MARGIN = { top: 40, right: LEGEND, bottom: 40, left: 72 };
/** How many bands have an area of their own; the rest are one together. */
const BANDS = 15;
const REST = 'all else';

/**
 * Reads a profile.
 *
 * @param {string} text of the `.hp` file
 * @returns {{ job: string, samples: Array<{ seconds: number, bytes: Map<string, number> }> }} samples in order of time; only those
 *   with something in them
 * @throws {SyntaxError} at a line that no heap profile has
 */
function readHeapProfile(text) {
  const samples = [];
  let job = '';
  let sample = null;
  for (const [at, line] of text.split('\n').entries()) {
    const [, word, rest] =
      /^(JOB|DATE|SAMPLE_UNIT|VALUE_UNIT|BEGIN_SAMPLE|END_SAMPLE|MARK) (.*)$/.exec(line) ?? [];
    if (word === 'JOB') {
      job = JSON.parse(rest);
    } else if (word === 'BEGIN_SAMPLE') {
      sample = { seconds: Number(rest), bytes: new Map() };
    } else if (word === 'END_SAMPLE') {
      if (sample?.bytes.size > 0) {
        samples.push(sample);
      }
      sample = null;
    } else if (word === undefined && line !== '') {
      const [, band, bytes] = /^(.*)\t(\d+)$/.exec(line) ?? [];
      if (sample === null || bytes === undefined) {
        throw new SyntaxError(`expected a heap profile of GHC's runtime; line ${at + 1} is '${line}'`);
      }
      sample.bytes.set(band, Number(bytes));
    }
  }
  return { job, samples };
}

/** The bands by their size, the largest first: the mean over the samples, and the most, in bytes. */
function bandsOf({ samples }) {
  const bands = new Map();
  for (const { bytes } of samples) {
    for (const [name, value] of bytes) {
      const band = bands.get(name) ?? { name, sum: 0, most: 0 };
      bands.set(name, { name, sum: band.sum + value, most: Math.max(band.most, value) });
    }
  }
  return [...bands.values()]
    .map(({ name, sum, most }) => ({ name, mean: Math.round(sum / samples.length), most }))
    .sort((a, b) => b.mean - a.mean);
}

/** When there was most on the heap: `{ seconds, bytes }`. */
function peakOf({ samples }) {
  const totals = samples.map(({ seconds, bytes }) => ({ seconds, bytes: total(bytes) }));
  return totals.reduce((most, each) => (each.bytes > most.bytes ? each : most));
}

const total = (bytes) => [...bytes.values()].reduce((sum, value) => sum + value, 0);

/** What pictures are made with. A bundle goes without, for few services draw. */
async function loadD3() {
  try {
    return await Promise.all([importing('d3-shape'), importing('d3-scale')]);
  } catch (cause) {
    throw new HsWasmError(
      'ERR_HS_UNSUPPORTED',
      'the picture of a heap profile needs the packages d3-shape and d3-scale, which a bundle does not hold: ' +
        '`npm install d3-shape d3-scale` in its folder, or leave out `heap`',
      { cause },
    );
  }
}

/**
 * A profile as a picture.
 *
 * @param {ReturnType<typeof readHeapProfile>} profile with two samples or more
 * @returns {Promise<string>} SVG
 */
async function drawHeapProfile(profile) {
  const [{ area, stack }, { scaleLinear }] = await loadD3();
  const { samples, job } = profile;
  const names = bandsOf(profile)
    .slice(0, BANDS)
    .map(({ name }) => name);
  const value = ({ bytes }, name) =>
    name === REST
      ? total(bytes) - names.reduce((sum, each) => sum + (bytes.get(each) ?? 0), 0)
      : (bytes.get(name) ?? 0);
  const keys = samples.some((sample) => value(sample, REST) > 0) ? [...names, REST] : names;
  const peak = peakOf(profile);
  const x = scaleLinear([samples[0].seconds, samples.at(-1).seconds], [MARGIN.left, WIDTH - MARGIN.right]);
  const y = scaleLinear([0, peak.bytes], [HEIGHT - MARGIN.bottom, MARGIN.top]).nice();
  const shape = area()
    .x(({ data }) => x(data.seconds).toFixed(1))
    .y0(([low]) => y(low).toFixed(1))
    .y1(([, high]) => y(high).toFixed(1));
  const colour = (at) => (keys[at] === REST ? '#bbb' : `hsl(${hue(at).toFixed(0)} 60% 60%)`);
  const areas = stack().keys(keys).value(value)(samples);
  const drawn = areas.map((band, at) => {
    const most = Math.max(...band.map(([low, high]) => high - low));
    return `<path d="${shape(band)}" fill="${colour(at)}"><title>${escaped(keys[at])}: at most ${count(most)} bytes</title></path>`;
  });
  const legend = keys.map((name, at) => {
    const top = MARGIN.top + at * 20;
    const left = WIDTH - LEGEND + 16;
    const label = name.length > 40 ? `${name.slice(0, 39)}…` : name;
    return `<rect x="${left}" y="${top}" width="12" height="12" fill="${colour(at)}"/><text x="${left + 18}" y="${top + 10}">${escaped(label)}</text>`;
  });
  const ticks = [
    ...x.ticks(6).map((seconds) => {
      const at = x(seconds).toFixed(1);
      return `<line x1="${at}" x2="${at}" y1="${HEIGHT - MARGIN.bottom}" y2="${HEIGHT - MARGIN.bottom + 5}" stroke="#333"/><text x="${at}" y="${HEIGHT - MARGIN.bottom + 18}" text-anchor="middle">${seconds} s</text>`;
    }),
    ...y.ticks(6).map((bytes) => {
      const at = y(bytes).toFixed(1);
      return `<line x1="${MARGIN.left - 5}" x2="${MARGIN.left}" y1="${at}" y2="${at}" stroke="#333"/><text x="${MARGIN.left - 8}" y="${at}" dy="4" text-anchor="end">${y.tickFormat(6, '~s')(bytes)}B</text>`;
    }),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="system-ui, sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
<text x="${MARGIN.left}" y="20" font-size="14">${escaped(job)}: at most ${count(peak.bytes)} bytes, after ${peak.seconds} s</text>
${drawn.join('\n')}
<g stroke="#333" stroke-width="1"><path fill="none" d="M${MARGIN.left},${MARGIN.top}V${HEIGHT - MARGIN.bottom}H${WIDTH - MARGIN.right}"/></g>
<g>${ticks.join('\n')}</g>
${legend.join('\n')}
</svg>
`;
}

module.exports = { bandsOf, drawHeapProfile, peakOf, readHeapProfile };
