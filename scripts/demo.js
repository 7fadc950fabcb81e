'use strict';
/** `npm run demo -- [name…]`: sets up what is missing, then runs the examples, or those named. */

const fs = require('node:fs');
const path = require('node:path');
const { Failure, root, runInForeground } = require('./lib/run.js');
const { script, setUp } = require('./set-up.js');

const folder = path.join(root, 'examples');
/** The order in which a reader should meet them; what is not named here comes last. */
const ORDER = ['fib', 'async', 'callbacks', 'fetch', 'files', 'concurrent'];
const rank = (name) => ORDER.indexOf(name) + 1 || Infinity;
const examples = fs.readdirSync(folder).sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));

script(async () => {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !examples.includes(name));
  if (unknown.length > 0) {
    throw new Failure(`No example is called ${unknown.join(' or ')}; there are ${examples.join(', ')}.`);
  }
  await setUp();
  const failed = [];
  for (const name of wanted.length > 0 ? wanted : examples) {
    const file = path.join(folder, name, 'run.mjs');
    console.log(`\n── ${name} ── ${purposeOf(file)}`);
    if ((await runInForeground([process.execPath, file])) !== 0) {
      failed.push(name);
    }
  }
  if (failed.length > 0) {
    console.error(`\nFailed: ${failed.join(', ')}`);
    return 1;
  }
});

/** What the first comment of an example says that it shows. */
function purposeOf(file) {
  return /^\/\/ Shows: (.*)$/m.exec(fs.readFileSync(file, 'utf8'))[1];
}
