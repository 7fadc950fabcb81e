'use strict';
/** What cargo needs of the machine, and cargo itself. */

const fs = require('node:fs');
const path = require('node:path');
const { Failure, root, runLogged, which } = require('./run.js');

/** A C compiler, which cargo links with, and the headers and objects it links to. */
const LINKER = ['gcc', 'libc6-dev'];

/**
 * Makes sure that there is a C compiler. Installs one where that needs nobody's leave, that is as root on
 * Debian and its kin; elsewhere says how.
 *
 * @param {(text: string) => void} report
 */
async function needLinker(report) {
  if (which('cc') || process.platform === 'win32') {
    return; // on Windows cargo finds its linker by itself
  }
  const missing = 'cc was not found on the PATH: cargo links with a C compiler.';
  if (!which('apt-get')) {
    throw new Failure(`${missing}\nInstall gcc or clang by the means of your system, and try again.`);
  }
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...LINKER];
  if (process.getuid() !== 0) {
    throw new Failure(`${missing} Try again after\n\n  sudo ${install.join(' ')}`);
  }
  const apt = {
    log: 'apt-get',
    env: { DEBIAN_FRONTEND: 'noninteractive' },
    onLine: (message) => report({ message }),
  };
  report({ message: `installing ${LINKER.join(' and ')}` });
  await runLogged(['apt-get', 'update'], apt);
  await runLogged(install, apt);
}

/** A missing or old cargo is told before it fails in words of its own. */
async function needCargo() {
  const [, wanted] = /^rust-version = "(.*)"$/m.exec(fs.readFileSync(path.join(root, 'Cargo.toml'), 'utf8'));
  const how = `Install Rust ${wanted} or newer, with rustup (rustup.rs) or by the means of your system, and try again.`;
  // Where rustup puts it, and where a new login would look for it.
  const home = process.env.CARGO_HOME ?? path.join(process.env.HOME ?? root, '.cargo');
  process.env.PATH += path.delimiter + path.join(home, 'bin');
  if (!which('cargo')) {
    throw new Failure(`cargo was not found on the PATH: the addon is written in Rust.\n${how}`);
  }
  const [version] = await runLogged(['cargo', '--version'], { log: 'cargo' });
  const found = /\d+\.\d+/.exec(version)[0];
  if (found.localeCompare(wanted, 'en', { numeric: true }) < 0) {
    throw new Failure(`Rust ${wanted} or newer is needed, and this is ${version}.\n${how}`);
  }
}

module.exports = { needCargo, needLinker };
