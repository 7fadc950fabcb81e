'use strict';
/**
 * Checks for kinds of values. A check takes a value and the path of the option it was given as, and
 * returns the plain value or throws a `TypeError` whose message begins with that path.
 *
 * Knows no option by name: those are in `options.js`. Values are told apart by their shape, never by
 * `instanceof`: under Jest they may come from another realm.
 */

const path = require('node:path');
const { fileURLToPath } = require('node:url');
const { inspect, types } = require('node:util');
const { invalidArg } = require('./errors.js');

// --- refusals ------------------------------------------------------------------------------------

/** `wanted` completes «must be …». */
function wrongType(at, wanted, found) {
  return invalidArg('ERR_INVALID_ARG_TYPE', `${at}: must be ${wanted}, found ${show(found)}`, wrongType);
}

/** `problem` says what is wrong and what would be right. */
function wrongValue(at, problem) {
  return invalidArg('ERR_INVALID_ARG_VALUE', `${at}: ${problem}`, wrongValue);
}

function unknownOption(at, name, known) {
  const near = nearest(name, known);
  const hint = near ? `did you mean '${near}'?` : `the options are ${known.join(', ')}`;
  return wrongValue(member(at, name), `unknown option; ${hint}`);
}

/** A value as a message shows it: short, on one line, never throwing. */
function show(value) {
  const shown = inspect(value, { depth: 0, breakLength: Infinity, maxStringLength: 40, maxArrayLength: 3 });
  const kind = Array.isArray(value) ? 'array' : typeof value;
  return value === null || value === undefined ? shown : `${kind} ${shown}`;
}

/** `options.env` and `X` make `options.env.X`; `/data` makes `['/data']`. */
function member(at, name) {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `${at}.${name}` : `${at}[${inspect(name)}]`;
}

/** The known name that was probably meant: the other in another case or with its unit, or a slip or two away. */
function nearest(name, known) {
  const lower = name.toLowerCase();
  const like = known.find(
    (other) => other.toLowerCase() === lower || (lower.length > 3 && other.startsWith(name)),
  );
  const [distance, closest] = known
    .map((other) => [editDistance(name, other), other])
    .sort((a, b) => a[0] - b[0])[0];
  return like ?? (distance < name.length && distance <= Math.max(2, name.length / 3) ? closest : undefined);
}

function editDistance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}

// --- kinds of values ----------------

/** A string that can cross into C: without NUL. */
function text(value, at) {
  if (typeof value !== 'string') {
    throw wrongType(at, 'a string', value);
  }
  if (value.includes('\0')) {
    throw wrongValue(at, `must not contain a NUL character, found ${inspect(value)}`);
  }
  return value;
}

/** A name that becomes part of a linker's or compiler's argument. */
function word(value, at) {
  if (!/^[^\s,-][^\s,]*$/.test(text(value, at))) {
    throw wrongValue(at, `must be one name without spaces, commas or a leading '-', found ${inspect(value)}`);
  }
  return value;
}

function flag(value, at) {
  if (typeof value !== 'boolean') {
    throw wrongType(at, 'true or false', value);
  }
  return value;
}

function callback(value, at) {
  if (typeof value !== 'function') {
    throw wrongType(at, 'a function', value);
  }
  return value;
}

function abortSignal(value, at) {
  if (typeof value?.aborted !== 'boolean' || typeof value.addEventListener !== 'function') {
    throw wrongType(at, 'an AbortSignal', value);
  }
  return value;
}

function integer(min, max, unit = '') {
  return (value, at) => {
    if (typeof value !== 'number') {
      throw wrongType(at, `a number${unit}`, value);
    }
    if (!Number.isInteger(value) || value < min || value > max) {
      throw wrongValue(at, `must be a whole number${unit} from ${min} to ${max}, found ${value}`);
    }
    return value;
  };
}

function oneOf(...choices) {
  return (value, at) => {
    if (!choices.includes(value)) {
      throw wrongValue(
        at,
        `must be ${choices.map((choice) => inspect(choice)).join(' or ')}, found ${show(value)}`,
      );
    }
    return value;
  };
}

function listOf(item) {
  return (value, at) => {
    if (!Array.isArray(value)) {
      throw wrongType(at, 'an array', value);
    }
    return Array.from(value, (element, i) => item(element, `${at}[${i}]`));
  };
}

/** The entries of a plain object, each through `item(name, value, path)`; `undefined` counts as absent. */
function entriesOf(item) {
  return (value, at) =>
    Object.entries(object(value, at))
      .filter(([, element]) => element !== undefined)
      .map(([name, element]) => item(name, element, member(at, name), at));
}

function object(value, at) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrongType(at, 'an object', value);
  }
  return value;
}

/** An absolute path from a path or a `file:` URL, as string or object. */
function filePath(value, at) {
  const isUrl = typeof value === 'string' && /^(file:|[a-z][a-z\d+.-]+:\/\/)/i.test(value);
  const plain = isUrl || typeof value?.href === 'string' ? pathOfUrl(value.href ?? value, at) : value;
  if (typeof plain !== 'string') {
    throw wrongType(at, 'a path or a file: URL', value);
  }
  if (text(plain, at) === '') {
    throw wrongValue(at, 'must be a path or a file: URL, found an empty string');
  }
  return path.resolve(plain);
}

function pathOfUrl(url, at) {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw wrongValue(at, `must be a path or a file: URL, found ${url} (${error.message})`);
  }
}

/** Bytes over the caller's own memory, or `undefined` for what holds none. Any realm's will do. */
function bytesOf(value) {
  if (types.isUint8Array(value)) {
    return value;
  }
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  return types.isAnyArrayBuffer(value) ? new Uint8Array(value) : undefined;
}

/** A stream of Node or of the web, known by a method of each, or `undefined`. */
function streamOf(stream, webMethod, nodeMethod) {
  const web = typeof stream?.[webMethod] === 'function';
  const node = typeof stream?.[nodeMethod] === 'function' && typeof stream.on === 'function';
  return web || node ? { kind: 'stream', stream, web } : undefined;
}

// --- tables of options -----------

/**
 * Every option of `table`, which maps a name to `[check]` or, where it may be absent, `[check, default]`.
 * Refuses what neither `table` nor `also` knows.
 */
function read(table, options, at, also = table) {
  const given = options === undefined ? {} : object(options, at);
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(table, name) && !Object.hasOwn(also, name)) {
      throw unknownOption(at, name, Object.keys({ ...table, ...also }));
    }
  }
  return Object.fromEntries(
    Object.entries(table).map(([name, [check, fallback]]) => {
      const value = given[name];
      return [name, value === undefined && fallback ? fallback() : check(value, member(at, name))];
    }),
  );
}

module.exports = {
  nearest,
  wrongType,
  wrongValue,
  member,
  text,
  word,
  flag,
  callback,
  abortSignal,
  integer,
  oneOf,
  listOf,
  entriesOf,
  filePath,
  bytesOf,
  streamOf,
  read,
};
