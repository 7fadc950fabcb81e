'use strict';
/**
 * From the message of a rejection back to the JavaScript error it began as.
 *
 * Note [Causes by text]: when a `JSException` leaves an export, GHC rejects with `displayException`, a text; the error itself is
 * lost. But the text was made by a snippet that got the error. So the last few errors that were shown are remembered with
 * their texts, and a message that contains the text of one, as Haskell's `show` writes it, has that one as its cause; of
 * several with the same text the last that was shown. They are held weakly: an error that nobody has any more is no cause.
 */

/** How many are remembered. Between being shown and being the message of a rejection there is hardly anything. */
const MOST = 16;

class ShownErrors {
  #entries = [];

  /** Remembers that `value` was shown as `text`. */
  add(text, value) {
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
    this.#entries.unshift({
      text: haskellShow(text),
      value: isObject ? new WeakRef(value) : { deref: () => value },
    });
    this.#entries.length = Math.min(this.#entries.length, MOST);
  }

  /** `{ value }` whose text is in `message`, if there is one. It is then forgotten. */
  find(message) {
    if (this.#entries.length === 0 || !message.includes('JSException ')) {
      return undefined;
    }
    const at = this.#entries.findIndex(({ text }) => message.includes(`JSException ${text}`));
    if (at < 0) {
      return undefined;
    }
    const [{ value }] = this.#entries.splice(at, 1);
    return { value: value.deref() };
  }
}

const NAMES =
  'NUL SOH STX ETX EOT ENQ ACK a b t n v f r SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US'.split(
    ' ',
  );

/** `text` as Haskell's `show` writes a String (Haskell 2010 report, section 2.6 and `showLitString`). */
function haskellShow(text) {
  let out = '"';
  let before = '';
  for (const char of text) {
    const code = char.codePointAt(0);
    let written = char;
    if (code > 126) {
      written = code === 127 ? '\\DEL' : `\\${code >= 0xd800 && code < 0xe000 ? 0xfffd : code}`;
    } else if (code < 32) {
      written = `\\${NAMES[code]}`;
    } else if (char === '"' || char === '\\') {
      written = `\\${char}`;
    } else if (/\d/.test(char) && /\\\d+$/.test(before)) {
      written = `\\&${char}`;
    } else if (char === 'H' && before === '\\SO') {
      written = '\\&H';
    }
    out += written;
    before = written;
  }
  return `${out}"`;
}

module.exports = { ShownErrors, haskellShow };
