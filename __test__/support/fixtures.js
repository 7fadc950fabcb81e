'use strict';
// Where the Haskell of the specs is. A fixture is a folder named after the behaviour it shows.

const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..', 'fixtures');

/** Path of a file of the fixture `name`: its `Main.hs` if no other is named. */
function fixture(name, file = 'Main.hs') {
  const found = path.join(root, name, file);
  if (!fs.existsSync(found)) throw new Error(`no fixture file ${found}`);
  return found;
}

/** The names of all fixtures. */
const fixtures = () => fs.readdirSync(root).sort();

module.exports = { fixture, fixtures };
