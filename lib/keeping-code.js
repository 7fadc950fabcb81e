'use strict';
/** Writing what Note [Kept code] in `kept-code.js` tells of. */

const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const { VALUES } = require('./kept-code.js');

/** By then the first calls have been made, and V8 has compiled what they need. */
const SOON_MS = 1000;
/** A file that was changed so shortly before it is read could change again without another time. */
const UNSURE_MS = 2000;
/** Text of values beyond this is not kept along with that of new ones. */
const MOST_TEXT = 2 ** 16;
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

function keep({ addon, root, place, all }) {
  const { bytes, files, values, texts } = all();
  try {
    // Where nothing can be kept, nothing need be made.
    fs.mkdirSync(path.dirname(place), { recursive: true, mode: 0o700 });
    fs.accessSync(path.dirname(place), fs.constants.W_OK);
    const before = Object.keys(files?.value ?? {});
    const more = loadedFiles(root).filter((name) => !before.includes(name));
    if (more.length === 0 && files?.isKept && values.isKept && texts.size === 0) {
      return;
    }
    const parts =
      more.length === 0
        ? [...known(files, bytes), ...valueParts(values, texts)]
        : unknown(addon, root, [...before, ...more]);
    addon.keepCode(place, joined(parts));
  } catch {
    // A cache that cannot be written is no cache, not an error; nor is one of files that just disappear.
  }
}

/** The files of this package that Node's `require` knows, with `/` between the parts of their paths. */
function loadedFiles(root) {
  const lib = path.join(root, 'lib') + path.sep;
  return Object.keys(require.cache)
    .filter((file) => file.startsWith(lib) && file.endsWith('.js') && !NOT_KEPT.has(path.basename(file)))
    .map((file) => path.relative(root, file).split(path.sep).join('/'));
}

/** The list, text and code of files that came from what is kept. */
function known({ text, script }, bytes) {
  const end = bytes.length - 4;
  const list = bytes.subarray(end - bytes.readUInt32LE(end), end);
  return [list, ascii(text), script.createCachedData()];
}

/**
 * The same of others; there is no code yet. Their states are looked at before they are read. They may have been changed after they were
 * loaded, so what they made is not kept: the next process makes it again.
 */
function unknown(addon, root, names) {
  const list = names.map((name) => `${name}\t${addon.fileState(path.join(root, name))}\n`);
  const texts = names.map((name) => {
    const file = path.join(root, name);
    if (fs.statSync(file).ctimeMs > Date.now() - UNSURE_MS) {
      throw new Error(`${name} was changed just now`);
    }
    return [name, fs.readFileSync(file, 'utf8')];
  });
  return [ascii(list.join('')), ascii(textOf(texts)), NOTHING, NOTHING, NOTHING];
}

/** The text of a script that gives an object: functions by the names of files. */
function textOf(texts) {
  const written = texts.map(
    ([name, text]) =>
      `${JSON.stringify(name)}: function (exports, require, module, __filename, __dirname) {\n${text}\n},\n`,
  );
  return `({\n${written.join('')}})`;
}

/** What a bundle carries along of files: their texts, and once they were `loaded` there, V8's code. */
const carried = (texts) => joined([NOTHING, ascii(textOf(texts)), NOTHING, NOTHING, NOTHING]);
const carriedCode = ({ files, values, texts }) =>
  joined([NOTHING, ascii(files.text), files.script.createCachedData(), ...valueParts(values, texts)]);

/** The text and the code of an object that has the kept values by their names. */
function valueParts({ text, script }, texts) {
  if (texts.size === 0) {
    return [ascii(text), script?.createCachedData() ?? NOTHING];
  }
  const before = text === '' || text.length > MOST_TEXT ? '({\n' : text.slice(0, -'})'.length);
  const more = [...texts].map(([name, source]) => `${JSON.stringify(name)}: ${source},\n`);
  const whole = ascii(`${before}${more.join('')}})`);
  const made = new vm.Script(whole.latin1Slice(), { filename: VALUES });
  return [whole, made.createCachedData()];
}

/** JavaScript in ASCII, which V8 keeps as it is read. What is no ASCII stands in comments, strings and patterns only. */
function ascii(text) {
  const escape = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return Buffer.from(text.replace(/[^\0-\x7f]/g, escape), 'latin1');
}

/** What `kept-code.js` takes apart. */
function joined([list, ...parts]) {
  const lengths = Buffer.alloc(4 * parts.length);
  parts.forEach((part, at) => lengths.writeUInt32LE(part.length, 4 * at));
  const end = Buffer.alloc(4);
  end.writeUInt32LE(list.length);
  const padded = parts.flatMap((part) => [part, Buffer.alloc(-part.length & 7)]);
  return Buffer.concat([...padded, lengths, list, end]);
}

module.exports = { keepSoon, carried, carriedCode, NOT_KEPT };
