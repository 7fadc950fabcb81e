'use strict';
/**
 * The files of this package, loaded as one from code that V8 has made of them before.
 *
 * Note [Kept code]: two thirds of a cold start were Node's, to find, read and compile forty files, and V8's, to compile their functions
 * when they first run. So the first process that makes an instance keeps the texts of the files that it has loaded as one, when it
 * ends or soon after, in `code/` of the cache folder (`keeping-code.js`). The next loads them from there, and adds the code that V8
 * has of them by then. All others need neither the files nor V8's compiler.
 *
 * - What is in the files counts. With the text it is kept which size, times and inode they had (`src/node/kept_code.rs`); where
 *   one differs, Node loads them as ever, and they are kept anew. So an edit or an update takes effect at once.
 * - A module is the same whoever loads it: what is loaded here is put where Node's `require` looks first, and what Node has
 *   loaded is taken from there. Stacks name the file in the cache folder, which begins with the text: its lines are right.
 * - V8 executes what it is given: it compares its version, its flags and the length of the text, nothing else. So what is kept lies in
 *   a folder of the user's own, with a hash of all of it (`src/sealed.rs`), under a name that follows from the place of
 *   the package, Node's version and its flags; V8 refuses the rest.
 * - V8 11 forgets for code that was kept which file it is of, and so what an `import()` in it means: those are made here.
 * - A bundle carries the text along, and the code for the Node that made it, in place of the files (`bundle.js`). Nothing of that can
 *   change, so it is taken as it is.
 * - Where anything is unusual (Jest's registry, hooks on `require`, coverage, no addon, `NODE_DISABLE_COMPILE_CACHE`), Node loads the
 *   files, and nothing is kept.
 */

const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

const { platform, arch, env, execArgv, version } = process;
const ROOT = path.join(__dirname, '..');
/** How the name of an addon ends where most of them run. */
const ENDINGS = { linux: '-gnu', darwin: '', win32: '-msvc' };

/** Node's own class of modules; something else under Jest and in bundles. */
const Module = module.constructor;

/** The addon of a usual platform, if it is here. napi's loader, which knows all of them, takes as long as the addon itself. */
function usualAddon() {
  try {
    return env.NAPI_RS_NATIVE_LIBRARY_PATH
      ? undefined
      : require(`../hs-wasm.${platform}-${arch}${ENDINGS[platform]}.node`);
  } catch {
    return undefined; // The loader finds out why.
  }
}

/** `new Function(…)`, made in this file, which is never kept. */
const functionOf = (...args) => new Function(...args);

/** `import()` of a package, made in this file, which is never kept. */
const importing = (name) => import(name);

/** Whether Node loads files as it usually does. */
function isUsual() {
  const hook = Module._extensions?.['.js'];
  return (
    Module._cache === require.cache &&
    // A hook that somebody has put there has a name, or other parameters.
    hook?.name === '' &&
    hook.length === 2 &&
    !(env.JEST_WORKER_ID || env.NODE_V8_COVERAGE || env.NODE_DISABLE_COMPILE_CACHE)
  );
}

const isNodes = isUsual();
/** What a bundle has of this package. */
const CARRIED = path.join(ROOT, 'kept.js');
const isCarried = fs.existsSync(CARRIED);
const addon = isNodes && !isCarried ? usualAddon() : undefined;

/** What decides about the code besides the files. */
const key = () =>
  [version, arch, env.NODE_OPTIONS, ...execArgv.filter((flag) => flag.startsWith('--'))].join('\0');

const { file: place, bytes } = isCarried
  ? { bytes: fs.readFileSync(CARRIED) }
  : (addon?.keptCode?.(ROOT, key()) ?? {});

/** Whether something was loaded that is not kept, and whether it will be. */
let [isNew, isDue] = [bytes === undefined, false];

/** The parts of what is kept, each at a multiple of 8. Behind them stand their lengths, the list of the files, and its length. */
function parts() {
  const list = bytes.length - 4 - bytes.readUInt32LE(bytes.length - 4);
  let end = 0;
  return [16, 12, 8, 4].map((back) => {
    const from = (end + 7) & ~7;
    end = from + bytes.readUInt32LE(list - back);
    return bytes.subarray(from, end);
  });
}

const [filesText, filesCode, valuesText, valuesCode] = bytes ? parts() : [];

/** What a script gives whose text and code are kept; the code may be of another V8, or still to come. */
function run(filename, text, cachedData) {
  const source = text.latin1Slice();
  if (!isNodes) {
    // Where a script runs is another context than this.
    return { value: functionOf(`return ${source}`)() };
  }
  const hasCode = cachedData.length > 0;
  const script = new vm.Script(source, { filename, cachedData: hasCode ? cachedData : undefined });
  const isKept = hasCode && !script.cachedDataRejected;
  isNew ||= !isKept;
  return { text: source, script, isKept, value: script.runInThisContext() };
}

/** The files: functions with the parameters that Node's have, by their names. */
const files = bytes && run(place ?? CARRIED, filesText, filesCode);
/** The modules of them that were loaded, by their paths. */
const registry = isNodes ? require.cache : {};

/** What `require` gives for a file of this package, which need not be loaded yet. */
function quick(name, parent) {
  const file = ROOT + path.sep + (path.sep === '/' ? name : path.normalize(name));
  const found = registry[file];
  if (found) {
    return found.exports;
  }
  const body = files.value[name];
  if (body === undefined) {
    isNew ||= name.startsWith('lib/');
    return require(file);
  }
  const made = isNodes ? new Module(file, parent) : { exports: {} };
  made.filename = file;
  made.paths = module.paths;
  registry[file] = made;
  try {
    body.call(made.exports, made.exports, requireOf(name, made), made, file, path.dirname(file));
    made.loaded = true;
  } finally {
    if (!made.loaded) {
      delete registry[file];
    }
  }
  return made.exports;
}

/** What the file `name` calls as `require`. */
function requireOf(name, made) {
  const folder = path.posix.dirname(name);
  const placed = (id) => (id.startsWith('.') ? path.join(ROOT, folder, id) : id);
  const wanted = (id) => {
    if (!id.startsWith('.') || !id.endsWith('.js')) {
      return require(placed(id));
    }
    // Most are beside it: `path` takes ten times as long.
    return quick(id.startsWith('./') ? `${folder}/${id.slice(2)}` : path.posix.join(folder, id), made);
  };
  wanted.cache = require.cache;
  wanted.main = require.main;
  wanted.resolve = (id) => require.resolve(placed(id));
  return wanted;
}

/** The name of these in stacks. */
const VALUES = 'hs-wasm:values';

const NONE = { text: '', isKept: true, value: {} };
/** What is made of texts, as functions are: what is kept, by its names, and expressions for what is to be. */
let values;
const texts = new Map();

/** The kept value of that name, if there is one. */
function keptValue(name) {
  values ??= valuesText?.length > 0 ? run(VALUES, valuesText, valuesCode) : NONE;
  return values.value[name];
}

/** A value was made that follows from its name, and may be kept: `source` is an expression that gives it. */
function keepValue(name, source) {
  if (bytes !== undefined || place !== undefined) {
    isNew = true;
    texts.set(name, source);
  }
}

/** All that is to be kept. */
function loaded() {
  keptValue(''); // They may not have been needed.
  return { bytes, files, values, texts };
}

/** An instance was made, of a module that is in the cache folder `folder`: by and by what is loaded is kept there, unless it was. */
function keepCode(folder) {
  if (isNew && !isDue && place !== undefined && path.join(folder ?? '', 'code') === path.dirname(place)) {
    isDue = true;
    require('./keeping-code.js').keepSoon({ addon, root: ROOT, place, all: loaded });
  }
}

module.exports = {
  usualAddon,
  quick: files && quick,
  CARRIED,
  loaded,
  importing,
  VALUES,
  functionOf,
  keptValue,
  keepValue,
  keepCode,
};
