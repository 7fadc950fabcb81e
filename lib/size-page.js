'use strict';
/** A page with a treemap of a module's code: package, Haskell module, function. It needs nothing but a browser. */

const { importing } = require('./kept-code.js');
const { count, escaped, hue } = require('./markup.js');

const WIDTH = 1200;
const HEIGHT = 720;
/** Where labels stand, in pixels. */
const HEADER = 18;

/**
 * The page for what `inspect()` found.
 *
 * @param {object} report
 * @param {string} title the module's name
 * @returns {Promise<string>} HTML
 */
async function sizePage(report, title) {
  const { hierarchy, treemap, treemapSquarify } = await importing('d3-hierarchy');
  const root = hierarchy(tree(report))
    .sum(({ bytes, children }) => (children ? 0 : bytes))
    .sort((a, b) => b.value - a.value);
  treemap()
    .tile(treemapSquarify)
    .size([WIDTH, HEIGHT])
    .paddingTop((node) => (node.depth === 0 ? 0 : HEADER))
    .paddingInner(1)
    .round(true)(root);
  const boxes = visible(root).map(box).join('\n');
  const sections = report.sections
    .map(({ name, bytes }) => `<tr><td>${escaped(name)}</td><td>${count(bytes)}</td></tr>`)
    .join('');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escaped(title)}: ${count(report.bytes)} bytes</title>
<style>
body { font: 13px/1.4 system-ui, sans-serif; margin: 16px; }
svg text { font: 11px system-ui, sans-serif; pointer-events: none; }
svg rect { stroke: #fff; stroke-width: 0.5; }
td:last-child { text-align: right; padding-left: 2em; font-variant-numeric: tabular-nums; }
</style>
<h1>${escaped(title)}</h1>
<p>${count(report.bytes)} bytes, ${count(root.value)} of them code. Area is the size of the code; point at a box for its figures.</p>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="100%" role="img" aria-label="Code by package, module and function">
${boxes}
</svg>
<h2>Sections</h2>
<table>${sections}</table>
</html>
`;
}

/** The report as a tree. Functions too small to be listed are one box together. */
function tree({ packages }) {
  const ofModule = ({ name, bytes, functions, largest }) => {
    const listed = largest.reduce((sum, part) => sum + part.bytes, 0);
    const more = functions - largest.length;
    const rest = more > 0 ? [{ name: `${more} more functions`, bytes: bytes - listed }] : [];
    return { name, children: [...largest, ...rest] };
  };
  const children = packages.map(({ name, modules }) => ({ name, children: modules.map(ofModule) }));
  return {
    name: 'code',
    // Of one package the colours are alike.
    children: children.map((each, number) => ({ ...each, hue: hue(number) })),
  };
}

/** The boxes below `node`. One without room below its label has its parts outside: they are not drawn. */
function visible(node) {
  const inside = ({ x0, y0, x1, y1 }) => x1 > x0 && y1 > y0 && x1 <= node.x1 && y1 <= node.y1;
  const children = (node.children ?? []).filter(inside);
  return children.flatMap((child) => [child, ...visible(child)]);
}

function box(node) {
  const { x0, y0, x1, y1, depth, value } = node;
  const path = node.ancestors().toReversed().slice(1);
  const names = path.map(({ data }) => data.name);
  const colour = `hsl(${path[0].data.hue.toFixed(0)} 55% ${45 + depth * 12}%)`;
  const hint = `<title>${escaped(names.join(' › '))}: ${count(value)} bytes</title>`;
  const width = x1 - x0;
  const letters = Math.floor((width - 6) / 6.2);
  const [name] = names.slice(-1);
  const fits = letters > 3 && y1 - y0 > 13;
  const shown = name.length > letters ? `${name.slice(0, letters - 1)}…` : name;
  const label = fits ? `<text x="${x0 + 3}" y="${y0 + 12}">${escaped(shown)}</text>` : '';
  return `<g><rect x="${x0}" y="${y0}" width="${width}" height="${y1 - y0}" fill="${colour}">${hint}</rect>${label}</g>`;
}

module.exports = { sizePage };
