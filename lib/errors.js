'use strict';
/**
 * The error classes and the one table from error code to class.
 *
 * The addon never makes an error: it hands over plain records (`src/error.rs`) and this file turns
 * them into errors of the realm in which the package was loaded, so that `instanceof` holds there
 * (under Jest an error made by native code is of another realm). Nothing here knows the addon.
 */

const { inspect } = require('node:util');

/** The base of every error of this package. `code` is stable; the text of `message` is not. */
class HsWasmError extends Error {
  /**
   * @param {string} code stable code, `ERR_HS_…`
   * @param {string} message what was wanted, what was found, how to fix it
   * @param {{ cause?: unknown }} [fields] what the error carries besides
   * @param {Function} [caller] the stack begins below this function
   */
  constructor(code, message, fields = {}, caller = undefined) {
    super(message, 'cause' in fields ? { cause: fields.cause } : undefined);
    if (caller) {
      Error.captureStackTrace(this, caller);
    }
    this.code = code;
    headline(this, fields);
  }
}

/** The compiler is missing, cannot be used or could not be installed. */
class ToolchainError extends HsWasmError {}

/** The Haskell source is wrong. */
class CompileError extends HsWasmError {
  constructor(code, message, fields = {}, caller = undefined) {
    super(code, message, fields, caller);
    /** Every message of the compiler, in its order. */
    this.diagnostics = fields.diagnostics ?? [];
    // What the compiler printed says the same once more: kept, but not shown by `console.log`.
    hidden(this, 'stderr', fields.stderr ?? '');
  }
}

/** The bytes are no module that can run here, or it lacks something. */
class LinkError extends HsWasmError {}

/** The guest called `proc_exit` where a value was wanted. */
class ExitError extends HsWasmError {
  constructor(code, message, fields = {}, caller = undefined) {
    super(code, message, fields, caller);
    /** The exit code. */
    this.exitCode = fields.exitCode;
    // Written out in `stack` already.
    hidden(this, 'stderr', fields.lastWords ?? '');
  }
}

/** The guest trapped. Its stack, innermost frame first, stands before JavaScript's in `stack`. */
class TrapError extends HsWasmError {
  constructor(code, message, fields = {}, caller = undefined) {
    super(code, message, fields, caller);
    /** The trap's name, such as `UnreachableCodeReached`. */
    this.trap = fields.trap;
    // Written out in `stack` already.
    hidden(this, 'frames', fields.frames ?? []);
    hidden(this, 'stderr', fields.lastWords ?? '');
  }
}

/** A limit set by the caller was reached. */
class LimitError extends HsWasmError {
  constructor(code, message, fields = {}, caller = undefined) {
    super(code, message, fields, caller);
    /** `memory`, `time`, `output`, `fuel` or `stack`. */
    this.limit = fields.limit;
    if (fields.exitCode !== undefined) {
      /** The exit code, where GHC's runtime ended itself. */
      this.exitCode = fields.exitCode;
    }
  }
}

/** The instance was disposed of, has exited or has trapped. */
class ClosedError extends HsWasmError {}

/** The caller's signal was aborted; `cause` is its reason. As everywhere in Node, known by `name`. */
class AbortError extends HsWasmError {}

for (const Class of [
  HsWasmError,
  ToolchainError,
  CompileError,
  LinkError,
  ExitError,
  TrapError,
  LimitError,
  ClosedError,
  AbortError,
]) {
  // On the prototype, as for the built-in errors: an own property would be printed each time.
  hidden(Class.prototype, 'name', Class.name);
}

/** Code (`src/error.rs`) to class. `ERR_HS_JS_THROW` is absent: JavaScript's own value is thrown again. */
const CLASSES = {
  ERR_HS_TOOLCHAIN_NOT_FOUND: ToolchainError,
  ERR_HS_TOOLCHAIN_UNSUPPORTED: ToolchainError,
  ERR_HS_TOOLCHAIN_INSTALL: ToolchainError,
  ERR_HS_COMPILE: CompileError,
  ERR_HS_INVALID_MODULE: LinkError,
  ERR_HS_UNKNOWN_IMPORT: LinkError,
  ERR_HS_MISSING_EXPORT: LinkError,
  ERR_HS_EXIT: ExitError,
  ERR_HS_TRAP: TrapError,
  ERR_HS_LIMIT: LimitError,
  ERR_HS_CLOSED: ClosedError,
  ERR_HS_CONFIGURED: HsWasmError,
  ERR_HS_BUSY: HsWasmError,
  ERR_HS_REENTRY: HsWasmError,
  ERR_HS_IO: HsWasmError,
  ERR_HS_INTERNAL: HsWasmError,
  ABORT_ERR: AbortError,
};

/**
 * The error that a record of the addon stands for.
 *
 * @param {{ code: string, message: string }} record with the fields of its kind
 * @param {{ cause?: unknown, lastWords?: string }} [extra] `cause`: what the addon cannot know, such as a signal's reason;
 *   `lastWords`: the end of what the guest wrote to stderr
 * @returns {Error}
 */
function fromRecord(record, extra = {}) {
  if (record?.code === 'ERR_INVALID_ARG_TYPE' || record?.code === 'ERR_INVALID_ARG_VALUE') {
    return invalidArg(record.code, record.message, fromRecord);
  }
  if (!Object.hasOwn(CLASSES, record?.code ?? '')) {
    return wrap(record);
  }
  return new CLASSES[record.code](record.code, record.message, { ...record, ...extra }, fromRecord);
}

/** What is known besides of a guest that ended itself: the runtime says why on stderr before it does. */
function dying({ code }, lastWords) {
  return code === 'ERR_HS_EXIT' || code === 'ERR_HS_TRAP' ? { lastWords: lastWords() } : {};
}

/**
 * Makes sure that what leaves the package is an error with a code: errors of this package pass, all
 * else becomes an `ERR_HS_INTERNAL` with the unexpected value as its `cause`.
 *
 * @param {unknown} unexpected
 * @returns {Error}
 */
function wrap(unexpected) {
  if (unexpected instanceof HsWasmError || isInvalidArg(unexpected)) {
    return unexpected;
  }
  const { code, message } = Object(unexpected);
  const text =
    typeof message === 'string' ? message : inspect(unexpected, { depth: 1, breakLength: Infinity });
  const named = typeof code === 'string' ? `${code}: ${text}` : text;
  return new HsWasmError(
    'ERR_HS_INTERNAL',
    `internal error, please report: ${named}`,
    { cause: unexpected },
    wrap,
  );
}

/**
 * A `TypeError` with a code, for what the caller passed.
 *
 * @param {'ERR_INVALID_ARG_TYPE' | 'ERR_INVALID_ARG_VALUE'} code
 * @param {string} message begins with the path of the option
 * @param {Function} [caller] the stack begins below this function
 */
function invalidArg(code, message, caller = invalidArg) {
  const error = new TypeError(message);
  Error.captureStackTrace(error, caller);
  error.code = code;
  headline(error);
  return error;
}

function isInvalidArg(value) {
  return value instanceof TypeError && String(value.code).startsWith('ERR_INVALID_ARG_');
}

/**
 * Writes the code into the first line of the stack, as Node does, then what a dying guest said, and the guest's frames, as V8
 * writes its own, before JavaScript's: the guest was called last.
 */
function headline(error, { frames = [], lastWords = '' } = {}) {
  const plain = `${error.name}: ${error.message}`;
  if (!error.stack?.startsWith(plain)) {
    return; // Someone's Error.prepareStackTrace made it; it is theirs.
  }
  const guest = frames.map(({ function: name, index, offset, source }) => {
    const place = `wasm-function[${index}]${offset == null ? '' : `:0x${offset.toString(16)}`}`;
    const places = source === undefined ? place : `${source}, ${place}`;
    return `\n    at ${name == null ? places : `${name} (${places})`}`;
  });
  const said = lastWords.trimEnd().split('\n').filter(Boolean);
  const stack = [
    `${error.name} [${error.code}]: ${error.message}`,
    ...said.map((line) => `\n    stderr | ${line}`),
    ...guest,
    error.stack.slice(plain.length),
  ].join('');
  hidden(error, 'stack', stack);
}

function hidden(object, key, value) {
  Object.defineProperty(object, key, { value, writable: true, configurable: true, enumerable: false });
}

module.exports = {
  HsWasmError,
  ToolchainError,
  CompileError,
  LinkError,
  ExitError,
  TrapError,
  LimitError,
  ClosedError,
  AbortError,
  CODES: Object.keys(CLASSES),
  dying,
  fromRecord,
  wrap,
  invalidArg,
};
