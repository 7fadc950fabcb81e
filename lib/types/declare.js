'use strict';
/** The declaration file of a module: its exports as TypeScript sees them. */

const { typeNamed } = require('./table.js');

/** Words that no declaration may have for a name, though an export of a module may. */
const RESERVED = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends ' +
    'false finally for function if implements import in instanceof interface let new null package private protected ' +
    'public return static super switch this throw true try typeof undefined var void while with yield'
  ).split(' '),
);

/** How each type of wasm appears, for exports that no Haskell declares. */
const WASM = { i64: 'bigint', externref: 'unknown' };

/**
 * The text of the file.
 *
 * @param {object[]} exports as of `module.exports`
 * @param {string} name of the source, for the first line
 */
function declarations(exports, name) {
  const functions = exports.map((each) => ({ name: each.name, doc: comment(each), ...signatures(each) }));
  const members = (kind) =>
    functions.map((each) => `${indented(each.doc)}  ${property(each.name)}${each[kind]};\n`).join('');
  return `// Types of ${name}, written by \`hs-wasm types\`: changes are lost when it is written again.

import type { HaskellExports } from 'hs-wasm';

${functions.map(named).join('')}
/** The exports of an instance: \`instantiate<Exports>(…)\`. Values are as they cross. */
export interface Exports extends HaskellExports<Typed> {
${members('raw')}}

/** The exports with JavaScript's natural values: what \`typed(instance)\` gives. */
export interface Typed {
${members('natural')}}

declare const all: Exports;
export default all;
`;
}

/** What an import of the file has by this name. */
function named({ name, doc, raw }, index) {
  if (!RESERVED.has(name) && name !== 'all') {
    return `${doc}export declare function ${name}${raw};\n`;
  }
  return `${doc}declare function export${index}${raw};\nexport { export${index} as ${name} };\n`;
}

/** Parameters and result, as they cross and as they are naturally. */
function signatures({ params, results, args, result, isAsync }) {
  if (!args || !result) {
    const raw = wasmSignature(params, results);
    return { raw, natural: raw };
  }
  const signature = (kind) => {
    const given = args.map((type, index) => `arg${index + 1}: ${typeNamed(type)[kind].given}`);
    const { got } = typeNamed(result.type)[kind];
    return `(${given.join(', ')}): ${isAsync ? `Promise<${got}>` : got}`;
  };
  return { raw: signature('raw'), natural: signature('natural') };
}

function wasmSignature(params, results) {
  const type = (each) => WASM[each] ?? 'number';
  const given = params.map((each, index) => `arg${index + 1}: ${type(each)}`);
  return `(${given.join(', ')}): ${results.length === 0 ? 'void' : type(results[0])}`;
}

/** What Haddock says, and the Haskell type. */
function comment({ doc, haskellName, haskellType }) {
  const type = haskellType && `\`${haskellName} :: ${haskellType}\``;
  const text = [doc, type].filter(Boolean).join('\n\n').replaceAll('*/', '*\\/');
  if (text === '') {
    return '';
  }
  const lines = text.split('\n').map((line) => ` *${line && ` ${line}`}\n`);
  return lines.length === 1 ? `/** ${text} */\n` : `/**\n${lines.join('')} */\n`;
}

const indented = (text) => text.replace(/^(?=.)/gm, '  ');

const property = (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));

module.exports = { declarations };
