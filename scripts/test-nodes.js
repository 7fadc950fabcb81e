'use strict';
/**
 * `npm run test:nodes -- [major version…] [arguments for Jest…]`: every test under each version of Node that the package
 * supports, or under those named. Ends with the counts of each; fails if one of them failed.
 */

const fs = require('node:fs');
const path = require('node:path');
const { runJest } = require('./lib/jest.js');
const { nodeOf, versionOf } = require('./lib/nodes.js');
const { state } = require('./lib/run.js');
const { script, setUp } = require('./set-up.js');

const MAJORS = ['20', '22', '24'];

const isMajor = (argument) => /^\d+$/.test(argument);

script(async () => {
  const args = process.argv.slice(2);
  const named = args.filter(isMajor);
  await setUp();
  // The package is loaded when it has been built.
  const { cacheFolder } = require('../lib/cache.js');
  const outcomes = [];
  for (const major of named.length > 0 ? named : MAJORS) {
    const node = await nodeOf(major, cacheFolder());
    const version = versionOf(node);
    console.log(`\n── Node ${version} ──`);
    outcomes.push({
      version,
      ...(await test(
        node,
        major,
        args.filter((argument) => !isMajor(argument)),
      )),
    });
  }
  console.log();
  for (const { version, counts } of outcomes) {
    console.log(`Node ${version}: ${counts}`);
  }
  return outcomes.some(({ code }) => code !== 0) ? 1 : 0;
});

/** Runs Jest under `node`: its exit code, and the counts in words. */
async function test(node, major, args) {
  const results = path.join(state, `jest-node-${major}.json`);
  fs.mkdirSync(state, { recursive: true });
  fs.rmSync(results, { force: true });
  const code = await runJest(['--json', `--outputFile=${results}`, ...args], node);
  return { code, counts: fs.existsSync(results) ? countsIn(results) : `no results, exit code ${code}` };
}

function countsIn(file) {
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(
    fs.readFileSync(file, 'utf8'),
  );
  // As in the counts reporter, a file that could not be loaded is one failure.
  return `${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed`;
}
