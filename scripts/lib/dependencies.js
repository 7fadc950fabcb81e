'use strict';
/** Step 1: the npm packages of `package-lock.json`. */

const fs = require('node:fs');
const path = require('node:path');
const { root, runLogged } = require('./run.js');

const title = 'Installing npm packages';

/** Whether every package of the lock file is installed in its version. */
function isDone() {
  const wanted = packagesOf('package-lock.json');
  // npm writes this list when it has finished, so an interrupted installation has none.
  const installed = packagesOf(path.join('node_modules', '.package-lock.json'));
  return Object.entries(wanted).every(
    ([name, { optional, version }]) => name === '' || optional || installed[name]?.version === version,
  );
}

function packagesOf(file) {
  try {
    return JSON.parse(fs.readFileSync(path.join(root, file), 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') {
      return {};
    }
    throw error;
  }
}

/** The npm that runs this script, if one does. */
const npm = () => (process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm']);

async function run(report) {
  await runLogged([...npm(), 'ci', '--no-audit', '--no-fund'], {
    log: 'npm',
    onLine: (message) => report({ message }),
  });
}

module.exports = { title, isDone, run, npm };
