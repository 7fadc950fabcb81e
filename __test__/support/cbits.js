'use strict';
// C beside the Haskell of a fixture.

const fs = require('node:fs');
const path = require('node:path');
const { fixture } = require('./fixtures');

/** The options of GHC for a fixture's folder `cbits`: its C sources, and where its headers are. */
function cbits(name) {
  const folder = path.join(path.dirname(fixture(name)), 'cbits');
  const sources = fs.readdirSync(folder).filter((file) => file.endsWith('.c'));
  return [...sources.map((file) => path.join(folder, file)), `-I${folder}`];
}

module.exports = { cbits };
