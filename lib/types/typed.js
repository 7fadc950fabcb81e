'use strict';
/** An instance's exports with JavaScript's natural values: `typed()`. */

const { wrongType } = require('../checks.js');
const { Instance } = require('../instance.js');
const { typeNamed } = require('./table.js');

/**
 * @param {Instance} instance
 * @returns {Record<string, Function>}
 */
function typed(instance) {
  const infos = Instance.exportInfos(instance);
  if (infos === undefined) {
    throw wrongType('typed.instance', 'what instantiate() gave', instance);
  }
  const known = new Map(infos.map((info) => [info.name, info]));
  const wrapped = Object.entries(instance.exports).map(([name, exported]) => {
    const info = known.get(name);
    return [name, info?.args && info.result ? wrap(exported, info) : exported];
  });
  return Object.freeze(Object.fromEntries(wrapped));
}

/** A function that converts. One that is asynchronous rejects where another throws. */
function wrap(exported, { name, args, result, isAsync }) {
  const parameters = args.map((type, index) => {
    const { toHaskell } = typeNamed(type);
    return (value) => toHaskell(value, `${name}: argument ${index + 1}`);
  });
  const { fromHaskell } = typeNamed(result.type);
  const begin = (given) => exported(...parameters.map((toHaskell, index) => toHaskell(given[index])));
  const call = isAsync
    ? async (...given) => fromHaskell(await begin(given))
    : (...given) => fromHaskell(begin(given));
  Object.defineProperty(call, 'length', { value: args.length, configurable: true });
  return Object.defineProperty(call, 'name', { value: name, configurable: true });
}

module.exports = { typed };
