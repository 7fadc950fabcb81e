'use strict';
/** Writing what Note [Kept code] in `kept-code.js` tells of. */

const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

/** By then the first calls have been made, and V8 has compiled what they need. */
const SOON_MS = 1000;
/** A file that was changed so shortly before it is read could change again without another time. */
const UNSURE_MS = 2000;
/** Texts of functions beyond this are not kept along with new ones. */
const MOST_TEXT = 2 ** 18;
/** The two that load and write the others. */
const NOT_KEPT = new Set(['kept-code.js', 'keeping-code.js']);

const NOTHING = Buffer.alloc(0);

/** Keeps what is loaded in a second, or when the process ends before. */
function keepSoon(how) {
  let isDone = false;
  const keepOnce = () => {
    if (!isDone) {
      isDone = true;
      keep(how);
    }
  };
  process.once('exit', keepOnce);
  setTimeout(keepOnce, SOON_MS).unref();
}

function keep({ addon, place, root, all }) {
  const { bytes, files, ...functions } = all();
  try {
    // Where nothing can be kept, nothing need be made.
    fs.mkdirSync(path.dirname(place), { recursive: true, mode: 0o700 });
    fs.accessSync(path.dirname(place), fs.constants.W_OK);
    const names = namesOf(root, files);
    const parts =
      files && names.length === Object.keys(files.value).length
        ? [ascii(files.text), files.script.createCachedData(), ...functionParts(functions), listOf(bytes)]
        : [
            ascii(textOf(root, names)),
            NOTHING,
            ...functionParts(functions),
            ascii(statesOf(addon, root, names)),
          ];
    addon.keepCode(place, joined(parts));
  } catch {
    // A cache that cannot be written is no cache, not an error; nor is one of files that just disappear.
  }
}

/** The files of this package that are kept or loaded, `/` between the parts of their paths. */
function namesOf(root, files) {
  const lib = path.join(root, 'lib') + path.sep;
  const loaded = Object.keys(require.cache)
    .filter((file) => file.startsWith(lib) && file.endsWith('.js') && !NOT_KEPT.has(path.basename(file)))
    .map((file) => path.relative(root, file).split(path.sep).join('/'));
  return [...new Set([...Object.keys(files?.value ?? {}), ...loaded])];
}

/** The states of files as they are now, which is before they are read. */
function statesOf(addon, root, names) {
  return names.map((name) => `${name}\t${addon.fileState(path.join(root, name))}\n`).join('');
}

function textOf(root, names) {
  const files = names.map((name) => {
    const file = path.join(root, name);
    if (fs.statSync(file).ctimeMs > Date.now() - UNSURE_MS) {
      throw new Error(`${name} was changed just now`);
    }
    return `${JSON.stringify(name)}: function (exports, require, module, __filename, __dirname) {\n${fs.readFileSync(file, 'utf8')}\n},\n`;
  });
  return `({\n${files.join('')}})`;
}

/** The text and the code of functions that were made from text: an object that has them by their texts. */
function functionParts({ functions, functionsText, functionsCode, texts }) {
  if (texts.size === 0) {
    const code = functions?.script.createCachedData() ?? functionsCode ?? NOTHING;
    return [functionsText ?? NOTHING, code];
  }
  const text = functionsText?.latin1Slice() ?? '';
  const before = text === '' || text.length > MOST_TEXT ? '({\n' : text.slice(0, -'})'.length);
  // In parentheses V8 compiles them at once.
  const more = [...texts].map(([name, source]) => `${JSON.stringify(name)}: (${source}),\n`);
  const whole = ascii(`${before}${more.join('')}})`);
  return [whole, new vm.Script(whole.latin1Slice()).createCachedData()];
}

/** JavaScript in ASCII, which V8 keeps as it is read. What is no ASCII stands in comments, strings and patterns only. */
function ascii(text) {
  const escape = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return Buffer.from(text.replace(/[^\0-\x7f]/g, escape), 'latin1');
}

/** The list of files in what is kept. */
function listOf(bytes) {
  const end = bytes.length - 4;
  return bytes.subarray(end - bytes.readUInt32LE(end), end);
}

/** What `kept-code.js` takes apart. */
function joined(parts) {
  const list = parts.pop();
  const lengths = Buffer.alloc(4 * parts.length);
  parts.forEach((part, at) => lengths.writeUInt32LE(part.length, 4 * at));
  const end = Buffer.alloc(4);
  end.writeUInt32LE(list.length);
  const padded = parts.flatMap((part) => [part, Buffer.alloc(-part.length & 7)]);
  return Buffer.concat([...padded, lengths, list, end]);
}

module.exports = { keepSoon };
