'use strict';

/**
 * A function of an object that makes what it gives once for each, and lets it go with the object.
 *
 * @template {object} K
 * @template V
 * @param {(object: K) => V} make
 * @returns {(object: K) => V}
 */
function perObject(make) {
  const made = new WeakMap();
  return (object) => {
    let value = made.get(object);
    if (value === undefined) {
      value = make(object);
      made.set(object, value);
    }
    return value;
  };
}

module.exports = { perObject };
