'use strict';
/** What the pages and pictures that the command line writes have in common. */

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text, as it is written in HTML and SVG. */
const escaped = (text) => text.replace(/[&<>"]/g, (char) => ENTITIES[char]);

/** A number of bytes, with its thousands apart. */
const count = (bytes) => bytes.toLocaleString('en');

/** Of colours that many degrees apart around the wheel, those of neighbours differ most. */
const GOLDEN_ANGLE = 137.508;

/** The hue, in degrees, of the thing with that number. */
const hue = (number) => (number * GOLDEN_ANGLE) % 360;

module.exports = { count, escaped, hue };
