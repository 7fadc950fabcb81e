'use strict';
/**
 * `node bundle-code.js <package> <wasm> <codeDir>`: uses the copy of this package in a bundle as a service does when it starts, and adds
 * V8's code to its text (Note [Kept code] in `kept-code.js`). It is for this version of Node with these flags; others refuse it
 * and compile the text.
 */

const fs = require('node:fs');
const path = require('node:path');
const { carriedCode } = require('./keeping-code.js');

async function main([folder, wasm, codeDir]) {
  const { load } = require(folder);
  const { CARRIED, loaded } = require(path.join(folder, 'lib', 'kept-code.js'));
  const module = await load(wasm, { codeDir, cache: false });
  // A module that needs `imports`, or a program: what it takes to load it is the greater part.
  await module.instantiate({ stdout: 'ignore', stderr: 'ignore' }).then(
    (instance) => instance.dispose(),
    () => {},
  );
  fs.writeFileSync(CARRIED, carriedCode(loaded()));
}

main(process.argv.slice(2)).then(() => process.exit());
