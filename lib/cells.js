'use strict';
/**
 * The *cells* of 8 bytes through which arguments and results pass (Note [The hot road] in `src/node/mod.rs`), seen as
 * typed arrays, whose stores convert as the WebAssembly JavaScript API prescribes (ToInt32, ToNumber, ToBigInt64,
 * TypeErrors included). A JavaScript value passes as a key: the value itself is in the instance's array `values`.
 */

const { binding } = require('./native.js');

const LAYOUT = binding.layout();
/** The half-cell of the queue in which JavaScript grants that calls are queued. */
const GRANT = 2 * LAYOUT.queue.grant;
/** The half-cell with the time, in ticks of about a millisecond, at which native code was last here. */
const TICK = 2 * LAYOUT.tick;
const { firstArg: FIRST, slotMask: MASK, status: STATUS, block: BLOCK, roam: ROAM } = LAYOUT;

/** The cells of one instance, wide enough for functions of `width` parameters. */
class Cells {
  constructor(width) {
    this.buffer = new ArrayBuffer((FIRST + width + 2) * 8);
    this.i32 = new Int32Array(this.buffer);
    this.i64 = new BigInt64Array(this.buffer);
    this.f32 = new Float32Array(this.buffer);
    this.f64 = new Float64Array(this.buffer);
  }
}

/** The array that holds a value of `type` or, for a JavaScript value, its key. */
const view = (type) => (type === 'externref' ? 'i32' : type);

/** The index of argument `n` there. A result is where argument 0 is. */
const place = (type, n) => (type === 'i64' || type === 'f64' ? FIRST + n : 2 * (FIRST + n));

const scratch = new BigInt64Array(1);

/** ToBigInt64, which refuses numbers. */
function toBigInt(value) {
  scratch[0] = value;
  return scratch[0];
}

module.exports = { Cells, view, place, toBigInt, LAYOUT, FIRST, GRANT, TICK, MASK, STATUS, BLOCK, ROAM };
