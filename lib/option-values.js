'use strict';
/** Values of single options, checked: each `check(value, at)` gives the value as the layers below want it, or throws. */

const path = require('node:path');
const { inspect } = require('node:util');
const {
  wrongType,
  wrongValue,
  text,
  word,
  flag,
  oneOf,
  listOf,
  filePath,
  bytesOf,
  streamOf,
  read,
} = require('./checks.js');

/** A path of `wasm32-wasi-ghc`, or what `toolchain.find()` returned. */
function compiler(value, at) {
  const isInfo = typeof value === 'object' && value !== null && 'ghc' in value;
  return isInfo ? filePath(value.ghc, `${at}.ghc`) : filePath(value, at);
}

const OPTIMIZE_WASM = { level: [oneOf(1, 2, 3, 4, 's', 'z'), () => 2], names: [flag, () => true] };

/** What binaryen shall do, or `null`. */
function optimizeWasm(value, at) {
  return settings(OPTIMIZE_WASM, value, at);
}

/** The settings of a step that is left out, done as usual (`true`) or as they say. */
function settings(table, value, at) {
  if (value === false) {
    return null;
  }
  if (value !== true && (typeof value !== 'object' || value === null)) {
    throw wrongType(at, 'true, false or an object', value);
  }
  return read(table, value === true ? {} : value, at);
}

const PREINITIALIZE = { rtsOptions: [listOf(rtsOption), () => []] };

/** The options of GHC's runtime with which it is started when the module is made, or `null`. */
function preinitialize(value, at) {
  return settings(PREINITIALIZE, value, at);
}

/** Whether to write the declaration file (`true`: where it belongs), or its path. */
function types(value, at) {
  return typeof value === 'boolean' ? value : filePath(value, at);
}

/** `{ path }` or `{ url }` of a packed compiler. */
function archive(value, at) {
  const url = typeof value === 'string' ? value : value?.href;
  if (typeof url === 'string' && /^https?:\/\//i.test(url)) {
    if (!URL.canParse(url)) {
      throw wrongValue(at, `must be a path or a URL, found ${inspect(url)}`);
    }
    return { url };
  }
  return { path: filePath(value, at) };
}

function rtsOption(value, at) {
  if (/^(\+RTS|--?RTS)$/.test(text(value, at))) {
    throw wrongValue(at, `must be given without ${value}: each element is one option, such as '-A16m'`);
  }
  return value;
}

function variable(name, value, at, all) {
  if (name === '' || name.includes('=') || name.includes('\0')) {
    throw wrongValue(all, `names must be neither empty nor contain '=' or NUL, found ${inspect(name)}`);
  }
  return [name, text(value, at)];
}

const PREOPEN = { path: [filePath], readOnly: [flag, () => false] };

function preopen(name, value, at, all) {
  if (name === '' || name.includes('\0')) {
    throw wrongValue(all, `names must be paths in the guest such as '/data', found ${inspect(name)}`);
  }
  const isObject = typeof value === 'object' && value !== null && value.href === undefined;
  const { path: host, readOnly } = isObject
    ? read(PREOPEN, value, at)
    : { path: filePath(value, at), readOnly: false };
  return { guest: name, host, readOnly };
}

/** `{ kind: 'inherit' | 'ignore' | 'pipe' }`, `{ kind: 'bytes', bytes }` or `{ kind: 'stream', stream, web }`. */
function stdinOption(command) {
  return (value, at) => {
    if (value === 'inherit' || value === 'ignore' || (value === 'pipe' && !command)) {
      return { kind: value };
    }
    if (value === 'pipe' || value === 'capture') {
      const fix =
        value === 'pipe' ? 'pass a stream or the text itself' : 'it is a setting of stdout and stderr';
      throw wrongValue(at, `cannot be '${value}' here: ${fix}`);
    }
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : bytesOf(value);
    if (bytes) {
      return { kind: 'bytes', bytes };
    }
    const stream = streamOf(value, 'getReader', 'pipe');
    if (!stream) {
      throw wrongType(at, "'inherit', 'ignore', 'pipe', text, bytes or a readable stream", value);
    }
    return stream;
  };
}

/**
 * `{ kind: 'inherit' | 'ignore' }`, `{ kind: 'stream', stream, web }`, and what a command collects for
 * its result (`capture`) is a stream for the caller (`pipe`) where the guest lives on: one wish, two words.
 */
function stdoutOption(command) {
  return (value, at) => {
    if (value === 'inherit' || value === 'ignore') {
      return { kind: value };
    }
    if (value === 'pipe' || value === 'capture') {
      return { kind: command ? 'capture' : 'pipe' };
    }
    const stream = streamOf(value, 'getWriter', 'write');
    if (!stream) {
      throw wrongType(at, "'inherit', 'ignore', 'pipe', 'capture' or a writable stream", value);
    }
    return stream;
  };
}

/** The name of an installed package, or the absolute path of a folder: what begins like a path, or a URL. */
function packageOrFolder(value, at) {
  const isPath =
    typeof value?.href === 'string' ||
    /^(\.{0,2}\/|\.{1,2}$|file:)/.test(value) ||
    path.isAbsolute(`${value}`);
  return isPath ? filePath(value, at) : word(value, at);
}

const packageFlag = (name, value, at) => ({ name, value: flag(value, at) });

module.exports = {
  compiler,
  optimizeWasm,
  preinitialize,
  types,
  archive,
  rtsOption,
  variable,
  preopen,
  stdinOption,
  stdoutOption,
  packageOrFolder,
  packageFlag,
};
