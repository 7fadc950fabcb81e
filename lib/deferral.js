'use strict';
/**
 * Which calls of snippets may be made later than they were asked for, so that nobody can tell: Note [Queued calls] in
 * `src/node/queue.rs`. It is decided by the text, and for assignments by what is assigned to, each time anew.
 *
 * Never later are snippets that call anything, or that read what may change: they could look at the guest's memory, at the
 * clock, or throw. An assignment calls something if there is a setter or a proxy; so it is looked whether it does not.
 */

const { types } = require('node:util');
const { perObject } = require('./per-object.js');

/** What native code is told: see `Mode` in `src/node/queue.rs`. */
const NEVER = 0;
const ALWAYS = 1;
const GRANTED = 2;
const GRANTED_FOR = 3;

/** Names of imports of GHC's own. */
const OF_GHC = ['ZCGHCziInternalziWasmziPrimziExportsZC', 'ZCGHCziInternalziWasmziPrimziImportsZC'];
/** What they do with promises: with those of exports, and with what an `async` function has just made. */
const PROMISES =
  /^(?:\$1\.resolve\(\)|let res, rej; const p = new Promise\(.*return p;|\$1\.then\((?:res|\(\)) => __exports\.rts_promiseResolve\w+\(\$2(?:, res)?\), err => __exports\.rts_promiseReject\(\$2, err\)\))$/;
const RESOLVE = '$1.resolve($2)';

const NAME = '(?!__proto__)[A-Za-z_$][\\w$]*';
const ARG = '\\$([1-9]\\d*)';
/** `({ name: $1 })` and `[$1, $2]`: they make something new of what they are given. */
const LITERAL = new RegExp(
  `^\\(?(?:\\{\\s*(?:${NAME}\\s*:\\s*${ARG}\\s*,?\\s*)*\\}|\\[\\s*(?:${ARG}\\s*,?\\s*)*\\])\\)?$`,
);
const TO_FIELD = new RegExp(`^(?:globalThis|${ARG})\\.(?!length\\b)(${NAME})\\s*=\\s*${ARG};?$`);
const TO_ELEMENT = new RegExp(`^${ARG}\\[${ARG}\\]\\s*=\\s*${ARG};?$`);

/** Looks of which nothing came, after which a snippet is looked at no more: looking costs more than a call. */
const PATIENCE = 16;

/** Whether a number can be assigned to the field, to nobody's notice but that of who looks there afterwards. */
const isField = (object, name) =>
  ((typeof object === 'object' && object !== null) || typeof object === 'function') &&
  !types.isProxy(object) &&
  !types.isModuleNamespaceObject(object) &&
  Object.getOwnPropertyDescriptor(object, name)?.writable === true;

/** Whether a number can be stored at every index, in the same way. */
const isStore = (array, isOfGuest) =>
  types.isTypedArray(array) &&
  !(types.isBigInt64Array(array) || types.isBigUint64Array(array)) &&
  types.isArrayBuffer(array.buffer) &&
  !isOfGuest(array.buffer);

/**
 * @param {object} snippet as the addon describes it
 * @param {{ imports: Record<string, unknown>, glue: object | null,
 *   isOfGuest: (buffer: ArrayBuffer) => boolean }} world
 * @returns {{ mode: number, test?: Function }} `test` looks whether nobody can tell a later call from this one with its
 *   arguments, and further ones for the same object
 */
const deferral = (snippet, world) => decision(snippet)(world);

/** What is decided by the text alone. */
const decision = perObject(read);

const never = () => ({ mode: NEVER });
const always = () => ({ mode: ALWAYS });

function read({ name: importName, binder, body, params, results, isAsync }) {
  const [result] = results;
  if (isAsync || (result !== undefined && result !== 'externref')) {
    return never;
  }
  const isPromises =
    OF_GHC.some((end) => importName.endsWith(end)) &&
    (PROMISES.test(body) || (body === RESOLVE && params[1] !== 'externref'));
  if (isPromises || (result === 'externref' && '({['.includes(body[0]) && LITERAL.test(body))) {
    return always;
  }
  const isUsual = binder === `(${params.map((_, n) => `$${n + 1}`)})`;
  // Cheaper than a pattern, of which V8 compiles each when it is first used, twice.
  if (result !== undefined || !isUsual || !body.includes('=')) {
    return never;
  }
  const type = (number) => params[number - 1];
  const isNumber = (number) => type(number) !== 'externref';
  const [isFound, owner, name, value] = TO_FIELD.exec(body) ?? [];
  if (isFound && isNumber(value)) {
    if (owner === undefined) {
      return ({ imports, glue }) =>
        // Glue and `imports` may have another.
        glue === null && !Object.hasOwn(imports, 'globalThis')
          ? { mode: GRANTED, test: patient(() => isField(globalThis, name)) }
          : never();
    }
    if (!isNumber(owner)) {
      return () => granted(owner, (object) => isField(object, name));
    }
  }
  const [isElement, array, index, element] = TO_ELEMENT.exec(body) ?? [];
  const isStored = isElement && type(index) === 'i32' && isNumber(element) && type(element) !== 'i64';
  if (isStored && !isNumber(array)) {
    return ({ isOfGuest }) => granted(array, (object) => isStore(object, isOfGuest));
  }
  return never;
}

/** For the object that is argument `$number`. */
function granted(number, test) {
  const place = number - 1;
  return { mode: GRANTED_FOR + place, test: patient((...args) => test(args[place])) };
}

/** The same test, until it has been made too often for nothing; `useful` says that it was not. */
function patient(test) {
  let left = PATIENCE;
  const looks = (...args) => {
    if (left === 0) {
      return false;
    }
    left -= 1;
    return test(...args);
  };
  looks.useful = () => {
    left = PATIENCE;
  };
  return looks;
}

module.exports = { deferral };
