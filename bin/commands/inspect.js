'use strict';
/** What a module is: kind, ABI, imports, exports, snippets, and what its bytes are spent on. */

const fs = require('node:fs/promises');
const path = require('node:path');
const { one } = require('../one.js');

const summary = 'what a module imports and exports, and what its bytes are';

const help = `
Usage: hs-wasm inspect <module.wasm> [options]

Prints what a module is: a command or a reactor, the JSFFI it was compiled for, its imports, exports and
snippets (with the Haskell module they were written in), and how large its sections, packages and modules are.
The module is neither compiled nor run.

Options:
      --json          print everything as JSON
      --html <file>   write a page with a treemap of the code by package, module and function
      --all           list every import, export, snippet and module
  -h, --help          print this
`;

const options = {
  json: { type: 'boolean' },
  html: { type: 'string' },
  all: { type: 'boolean' },
};

const allowPositionals = true;

/** How many rows a table has without --all. */
const ROWS = 12;

async function run({ json = false, html, all = false }, positionals) {
  const file = one(positionals, 'inspect', 'one module');
  const { binding, unwrap } = require('../../lib/native.js');
  const report = unwrap(binding.inspectModule(await fs.readFile(file)));
  if (html !== undefined) {
    const { sizePage } = require('../../lib/size-page.js');
    await fs.writeFile(html, await sizePage(report, path.basename(file)));
  }
  if (json) {
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else if (html === undefined) {
    process.stdout.write(text(report, path.basename(file), all ? Infinity : ROWS));
  }
}

function text(
  { kind, abi, preinitialized, bytes, imports, exports, snippets, sections, packages },
  name,
  most,
) {
  const modules = packages.flatMap((each) =>
    each.modules.map((module) => ({ name: `${each.name}:${module.name}`, bytes: module.bytes })),
  );
  modules.sort((a, b) => b.bytes - a.bytes);
  const jsffi = abi === 'none' ? 'no JSFFI' : `JSFFI of GHC ${abi}`;
  const isRuntime = ({ name: exported }) => exported.startsWith('rts_') || exported.startsWith('_');
  const own = exports.filter((each) => !isRuntime(each));
  const wasi = imports.filter(({ module }) => module !== 'ghc_wasm_jsffi');
  return [
    `${name}: ${kind}, ${jsffi}${preinitialized ? ', preinitialized' : ''}, ${bytes.toLocaleString('en')} bytes\n`,
    rows(
      'Exports',
      own.map(({ name: exported, params, results }) => [exported, signature(params, results)]),
      most,
    ),
    rows(
      'Imports',
      wasi.map(({ module, name: imported }) => [`${module}.${imported}`, '']),
      most,
    ),
    rows(
      'Snippets',
      snippets.map(({ origin, isAsync, binder, body }) => [origin ?? '', arrow(isAsync, binder, body)]),
      most,
    ),
    rows('Sections', sizes(sections, bytes), most),
    rows('Code by package', sizes(packages, bytes), most),
    rows('Code by module', sizes(modules, bytes), most),
  ].join('');
}

const signature = (params, results) => `(${params.join(', ')}) -> ${results.join(', ') || '()'}`;

function arrow(isAsync, binder, body) {
  const line = body.replace(/\s+/g, ' ');
  const head = `${isAsync && !binder.startsWith('async') ? 'async ' : ''}${binder} => `;
  return head + (line.length > 60 ? `${line.slice(0, 59)}…` : line);
}

const sizes = (parts, whole) =>
  parts.map(({ name, bytes }) => [
    name,
    `${bytes.toLocaleString('en').padStart(11)} ${((bytes / whole) * 100).toFixed(1).padStart(5)} %`,
  ]);

function rows(title, all, most) {
  if (all.length === 0) {
    return '';
  }
  const shown = all.slice(0, most);
  const width = Math.min(66, Math.max(...shown.map(([first]) => first.length)));
  const lines = shown.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`.trimEnd());
  const more = all.length > most ? [`  … and ${all.length - most} more (--all lists them)`] : [];
  return `\n${title} (${all.length})\n${[...lines, ...more].join('\n')}\n`;
}

module.exports = { summary, help, options, allowPositionals, run };
