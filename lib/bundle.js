'use strict';
/**
 * A folder or a zip file that has everything to run a module where nothing is installed: the wasm, its machine code, a wrapper with
 * types, and the part of this package that runs modules.
 */

const { execFile } = require('node:child_process');
const fs = require('node:fs/promises');
const path = require('node:path');
const { promisify } = require('node:util');
const { carried, NOT_KEPT } = require('./keeping-code.js');
const { declarations } = require('./types/declare.js');
const { version, engines } = require('../package.json');

const run = promisify(execFile);

const ROOT = path.join(__dirname, '..');
/** What is in it as it is here. */
const AS_IT_IS = ['index.js', 'index.d.ts', 'package.json', 'binding.js', 'lib/kept-code.js'];
const ENTRY = 'lib/api.js';
/** The others in one: Note [Kept code] in `kept-code.js`. */
const KEPT = 'kept.js';
/** A start of a module takes much less. */
const MOST_MS = 60_000;

/**
 * The files of a bundle.
 *
 * @param {import('./module.js').Module} module
 * @param {{ name: string, source: string, cpu: 'any' | 'this', include: string[], scratch: string }} how `include`: more files, for
 *   the top of the bundle; `scratch`: an empty folder to work in
 * @returns {Promise<Map<string, Buffer | string>>} contents by their path in the bundle
 */
async function bundleFiles(module, { name, source, cpu, include, scratch }) {
  const code = await module.precompile({ dir: scratch, cpu });
  const names = module.exports.map((each) => each.name);
  const isProgram = module.kind === 'command';
  const files = new Map([
    ['index.mjs', isProgram ? program(name, source) : library(name, source, names)],
    ['index.d.mts', isProgram ? PROGRAM_TYPES : libraryTypes(names)],
    ['package.json', manifest(name)],
    [`${name}.wasm`, Buffer.from(module.wasm)],
    [path.basename(code), await fs.readFile(code)],
    ...(isProgram ? [] : [['exports.d.ts', declarations(module.exports, source)]]),
  ]);
  for (const file of include) {
    files.set(path.basename(file), await fs.readFile(file));
  }
  for (const [file, content] of await runtimeFiles()) {
    files.set(path.posix.join('node_modules', file), content);
  }
  await addCode(files, { wasm: `${name}.wasm`, folder: path.join(scratch, 'bundle') });
  return files;
}

/** Adds V8's code of this package, which a process makes that uses the bundle. A bundle does without it too. */
async function addCode(files, { wasm, folder }) {
  await writeFolder(folder, files);
  const { JEST_WORKER_ID: _, NODE_V8_COVERAGE: __, NODE_DISABLE_COMPILE_CACHE: ___, ...env } = process.env;
  const place = path.join(folder, 'node_modules', 'hs-wasm');
  const args = [path.join(__dirname, 'bundle-code.js'), place, path.join(folder, wasm), folder];
  try {
    await run(process.execPath, args, { env, timeout: MOST_MS });
  } catch {
    return;
  }
  files.set(`node_modules/hs-wasm/${KEPT}`, await fs.readFile(path.join(place, KEPT)));
}

const loading = (name, source) => `// ${source}, bundled by hs-wasm ${version}.

import { load, typed } from 'hs-wasm';

// Its machine code lies beside it.
const here = new URL('.', import.meta.url);
const module = await load(new URL('${name}.wasm', here), { codeDir: here, cache: false });
`;

const library = (name, source, names) => `${loading(name, source)}
/** A new instance, with options of its own. */
export const instantiate = (options) => module.instantiate(options);

/** The instance that the functions below are of. */
export const instance = await module.instantiate();

const natural = typed(instance);
${exported(names, (local, key) => `const ${local} = natural[${key}];`)}`;

const program = (name, source) => `${loading(name, source).replace('load, typed', 'load')}
/** Runs the program: its exit code and what it printed. */
export const run = (options) => module.run(options);
`;

const libraryTypes = (names) => `import type { Instance, InstanceOptions } from 'hs-wasm';
import type { Exports, Typed } from './exports.js';

/** A new instance, with options of its own. */
export declare function instantiate(options?: InstanceOptions): Promise<Instance<Exports>>;

/** The instance that the functions below are of. */
export declare const instance: Instance<Exports>;

${exported(names, (local, key) => `declare const ${local}: Typed[${key}];`)}`;

const PROGRAM_TYPES = `import type { RunOptions, RunResult } from 'hs-wasm';

/** Runs the program: its exit code and what it printed. */
export declare function run(options?: RunOptions): Promise<RunResult>;
`;

/** Declares something for each name, which may be no identifier, and exports it by that name. */
function exported(names, declare) {
  const declared = names.map((name, at) => `${declare(`export${at}`, JSON.stringify(name))}\n`);
  const list = names.map((name, at) => `export${at} as ${exportName(name)}`);
  return `${declared.join('')}export { ${list.join(', ')} };\n`;
}

/** Names that are no identifiers are exported as strings. */
const exportName = (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));

const manifest = (name) =>
  `${JSON.stringify({ name, private: true, type: 'module', main: 'index.mjs', types: 'index.d.mts', engines }, null, 2)}\n`;

/** Of this package what a process needs that loads modules, and the packages that it needs, by their paths in `node_modules`. */
async function runtimeFiles() {
  const { files, packages } = await reachable(ENTRY);
  const found = new Map([[`hs-wasm/${KEPT}`, carried([...files])]]);
  for (const file of [...AS_IT_IS, await addon()]) {
    found.set(path.posix.join('hs-wasm', file), await fs.readFile(path.join(ROOT, file)));
  }
  for (const name of packages) {
    const folder = path.dirname(require.resolve(`${name}/package.json`));
    for (const entry of await fs.readdir(folder, { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath ?? entry.path, entry.name);
      if (entry.isFile() && /(?:\.js|\.json|LICENSE.*)$/.test(entry.name)) {
        const within = path.relative(folder, file).split(path.sep).join('/');
        found.set(path.posix.join(name, within), await fs.readFile(file));
      }
    }
  }
  return found;
}

/** The addon's file for this platform. */
async function addon() {
  const loaded = Object.keys(require.cache).find(
    (file) => file.endsWith('.node') && path.dirname(file) === ROOT,
  );
  const named = (await fs.readdir(ROOT)).find((file) => file.endsWith('.node'));
  return loaded ? path.basename(loaded) : named;
}

/** The files that `entry` requires, at once or later, and the packages. Optional ones are not ours to ship. */
async function reachable(entry) {
  const [files, packages] = [new Map(), new Set()];
  const { dependencies } = require('../package.json');
  const waiting = [entry];
  for (let file; (file = waiting.pop()) !== undefined;) {
    if (
      files.has(file) ||
      path.basename(file) === 'binding.js' ||
      NOT_KEPT.has(path.basename(file)) ||
      !file.endsWith('.js')
    ) {
      continue;
    }
    const text = await fs.readFile(path.join(ROOT, file), 'utf8');
    files.set(file, text);
    for (const [, wanted] of text.matchAll(/\brequire\('([^']+)'\)/g)) {
      if (wanted.startsWith('.')) {
        waiting.push(path.posix.join(path.posix.dirname(file), wanted));
      } else if (Object.hasOwn(dependencies, wanted)) {
        packages.add(wanted);
      }
    }
  }
  return { files, packages };
}

/** Writes the files into a new folder. */
async function writeFolder(folder, files) {
  for (const [file, content] of files) {
    const target = path.join(folder, file);
    await fs.mkdir(path.dirname(target), { recursive: true });
    await fs.writeFile(target, content);
  }
}

/** The files as a zip file. */
function zip(files) {
  const { strToU8, zipSync } = require('fflate');
  const bytes = (content) => (typeof content === 'string' ? strToU8(content) : new Uint8Array(content));
  return zipSync(Object.fromEntries([...files].map(([file, content]) => [file, bytes(content)])));
}

module.exports = { bundleFiles, writeFolder, zip };
