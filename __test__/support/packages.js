'use strict';
// Packages for cabal, as files of a `tree()`.

const HEAD = (name) => `cabal-version: 3.0\nname: ${name}\nversion: 0.1\nbuild-type: Simple\n`;
const COMMON = '  default-language: GHC2021\n  build-depends: base\n';

const fields = (lines) => Object.entries(lines).map(([name, value]) => `  ${name}: ${value}\n`);

/** The text of a stanza. */
const stanza = (title, lines) =>
  `\n${title}\n${title.startsWith('flag') ? '' : COMMON}${fields(lines).join('')}`;

/** The text of a `.cabal` file with these stanzas. */
const cabal = (name, stanzas) =>
  HEAD(name) +
  Object.entries(stanzas)
    .map(([title, lines]) => stanza(title, lines))
    .join('');

/** The `foreign export javascript` of a function. */
const exported = (name, type, body) =>
  `foreign export javascript "${name}" ${name} :: ${type}\n${name} :: ${type}\n${body}\n`;

module.exports = { cabal, exported };
