'use strict';
/** `npm test -- <arguments for Jest>`: sets up what is missing, then runs Jest. */

const { runJest } = require('./lib/jest.js');
const { script, setUp } = require('./set-up.js');

script(async () => {
  await setUp();
  return runJest(process.argv.slice(2));
});
