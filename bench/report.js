'use strict';
/** What a run found, as a table, a page with a chart, and against what was committed. */

const fs = require('node:fs/promises');
const os = require('node:os');
const path = require('node:path');
const { geometricMean } = require('./measure.js');

const root = path.join(__dirname, '..');
const BASELINE = path.join(__dirname, 'baseline.json');

/** How far a ratio may be above the committed one. */
const SLACK = 1.2;

const TIMES = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
  [0, 'ns'],
];
const SIZES = [
  [1e6, 'MB'],
  [1e3, 'kB'],
  [0, 'B'],
];

function quantity(value, unit) {
  const [size, name] = (unit === 'bytes' ? SIZES : TIMES).find(([least]) => value >= least);
  return `${(value / (size || 1)).toLocaleString('en', { maximumSignificantDigits: 3 })} ${name}`;
}

/** Rows of text: the work, both figures, their ratio, the target. */
function rows(results) {
  const compute = results.filter(({ group }) => group === 'compute').map(({ ratio }) => ratio);
  const mean =
    compute.length > 1 ? [['compute, geometric mean', '', '', geometricMean(compute).toFixed(2), '0.8']] : [];
  const body = results.map(({ title, unit, ours, theirs, ratio, target }) => [
    title,
    quantity(ours, unit),
    quantity(theirs, unit),
    ratio.toFixed(2),
    String(target ?? ''),
  ]);
  return [['work', 'hs-wasm', 'V8', 'ratio', 'target'], ...body, ...mean];
}

function table(results) {
  const cells = rows(results);
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const padded = (text, column) =>
    column === 0 ? text.padEnd(widths[column]) : text.padStart(widths[column]);
  return cells.map((row) => row.map(padded).join('  ')).join('\n');
}

/** Compares with the committed ratios, and says what is worse. */
async function check(results) {
  const baseline = JSON.parse(await fs.readFile(BASELINE, 'utf8'));
  const worse = results.filter(({ title, ratio }) => ratio > (baseline[title] ?? Infinity) * SLACK);
  const news = results.filter(({ title }) => baseline[title] === undefined);
  for (const { title, ratio } of worse) {
    console.log(`WORSE  ${title}: ${ratio.toFixed(2)}, was ${baseline[title].toFixed(2)}`);
  }
  for (const { title } of news) {
    console.log(`NEW    ${title}: not in the baseline; npm run bench -- --write takes it up`);
  }
  console.log(
    `${results.length - worse.length} of ${results.length} within ${Math.round((SLACK - 1) * 100)} % of the baseline`,
  );
  return worse.length > 0 ? 1 : 0;
}

async function write(results) {
  const baseline = Object.fromEntries(results.map(({ title, ratio }) => [title, Number(ratio.toFixed(3))]));
  await fs.writeFile(BASELINE, `${JSON.stringify(baseline, null, 2)}\n`);
  await fs.writeFile(path.join(root, 'docs', 'benchmarks.svg'), chart(results));
  const page = path.join(root, 'docs', 'benchmarks.md');
  const text = await fs.readFile(page, 'utf8');
  const [before, after] = ['<!-- figures -->', '<!-- end of figures -->'];
  const [head, rest] = text.split(before);
  const tail = rest.split(after)[1];
  await fs.writeFile(page, `${head}${before}\n\n${figures(results)}\n\n${after}${tail}`);
}

function figures(results) {
  const [head, ...body] = rows(results).map((row) => `| ${row.join(' | ')} |`);
  const [{ model }] = os.cpus();
  return [
    `Node ${process.versions.node}, ${os.cpus().length} processors (${model.trim()}).`,
    '',
    head,
    '| --- | --: | --: | --: | --: |',
    ...body,
  ].join('\n');
}

const ROW = 22;
const LEFT = 300;
const WIDTH = 900;
/** Where V8 stands; a bar that would be longer than the picture ends with an arrow. */
const ONE = LEFT + (WIDTH - LEFT) / 4;

/** Bars of the ratios; the line is V8. */
function chart(results) {
  const height = (results.length + 2) * ROW;
  const bars = results.map(({ title, ratio }, place) => {
    const y = (place + 1) * ROW;
    const width = Math.min((ONE - LEFT) * ratio, WIDTH - LEFT - 60);
    const colour = ratio <= 1 ? '#3a7d44' : '#b5532a';
    const more = (ONE - LEFT) * ratio > width ? ' →' : '';
    return `<text x="${LEFT - 8}" y="${y + 15}" text-anchor="end">${title}</text>
<rect x="${LEFT}" y="${y + 3}" width="${width.toFixed(0)}" height="${ROW - 6}" fill="${colour}"/>
<text x="${(LEFT + width + 5).toFixed(0)}" y="${y + 15}">${ratio.toFixed(2)}${more}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12">
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
<text x="${LEFT}" y="15">time or memory of hs-wasm divided by V8's: shorter is better, the line is V8</text>
${bars.join('\n')}
<line x1="${ONE}" y1="${ROW}" x2="${ONE}" y2="${height - ROW}" stroke="#222" stroke-dasharray="4 3"/>
</svg>
`;
}

module.exports = { check, table, write };
