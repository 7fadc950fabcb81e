'use strict';
/** Colours, for terminals that have them and users who want them (`NO_COLOR`, `TERM=dumb`). */

const { inspect } = require('node:util');

/** Whether a stream shows colours. */
const hasColours = (stream) => stream.isTTY === true && !process.env.NO_COLOR && stream.hasColors();

/**
 * `text` in a colour, where `stream` shows colours.
 *
 * @param {'red' | 'green' | 'bold'} colour
 */
function coloured(stream, colour, text) {
  const [on, off] = inspect.colors[colour];
  return hasColours(stream) ? `\x1b[${on}m${text}\x1b[${off}m` : text;
}

module.exports = { coloured, hasColours };
