'use strict';
/** `npm test -- <arguments for Jest>`: sets up what is missing, then runs Jest. */

const path = require('node:path');
const { root, runInForeground } = require('./lib/run.js');
const { script, setUp } = require('./set-up.js');

script(async () => {
  await setUp();
  const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  return runInForeground([process.execPath, jest, ...process.argv.slice(2)]);
});
