'use strict';
// A stream that keeps what is written to it: for stdout and stderr of a guest.

const { Writable } = require('node:stream');

/** A Writable whose `text` is everything written so far. */
function sink() {
  const chunks = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  Object.defineProperty(stream, 'text', { get: () => Buffer.concat(chunks).toString() });
  return stream;
}

module.exports = { sink };
