'use strict';
/** Step 2: the native addon, built by cargo through napi-rs. */

const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { root, runLogged } = require('./run.js');
const { needCargo, needLinker } = require('./system.js');

const title = 'Building the addon';

/** What the addon is made of. */
const INPUTS = ['Cargo.toml', 'Cargo.lock', 'build.rs', 'src'];
const napi = path.join(root, 'node_modules', '@napi-rs', 'cli', 'dist', 'cli.js');
const ofThisPlatform = new RegExp(`^hs-wasm\\.${process.platform}-${process.arch}\\b.*\\.node$`);

/** Beside the addon: what it was made of. */
const stamp = path.join(root, 'hs-wasm.node.stamp');

/** Whether there is an addon for this platform, made of the sources as they are. */
function isDone() {
  const built = fs.readdirSync(root).some((name) => ofThisPlatform.test(name));
  const loadable = fs.existsSync(path.join(root, 'binding.js'));
  return built && loadable && fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === hashOfInputs();
}

function hashOfInputs() {
  const hash = crypto.createHash('sha256');
  for (const file of INPUTS.flatMap(filesIn).sort()) {
    const content = fs.readFileSync(path.join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

function filesIn(name) {
  const absolute = path.join(root, name);
  if (!fs.statSync(absolute).isDirectory()) {
    return [name];
  }
  return fs.readdirSync(absolute).flatMap((child) => filesIn(path.join(name, child)));
}

async function run(report) {
  await needCargo();
  await needLinker(report);
  await build('addon', {
    log: 'cargo',
    // Cargo draws its progress only where it believes in a terminal; here it is read, not seen.
    env: {
      NO_COLOR: '1',
      CARGO_TERM_COLOR: 'never',
      CARGO_TERM_PROGRESS_WHEN: 'always',
      CARGO_TERM_PROGRESS_WIDTH: '120',
    },
    onLine(line) {
      const [, done, total, crates] = /^\s*Building \[.*\] (\d+)\/(\d+)(?:: (.*))?/.exec(line) ?? [];
      if (total) {
        report({ message: crates?.trim() ?? '', done: Number(done), total: Number(total) });
        return true;
      }
      report({ message: line.trim() });
      return /^\s*Download/.test(line);
    },
  });
}

/**
 * Builds with a profile of `Cargo.toml`, and remembers of what.
 *
 * @param {'addon' | 'release'} profile
 * @param {Parameters<typeof runLogged>[1]} options
 */
async function build(profile, options) {
  const inputs = hashOfInputs(); // as they are now: a change meanwhile makes the addon stale
  const files = ['--js', 'binding.js', '--dts', 'binding.d.ts'];
  fs.rmSync(stamp, { force: true });
  await runLogged([process.execPath, napi, 'build', '--platform', '--profile', profile, ...files], options);
  fs.writeFileSync(stamp, inputs);
}

module.exports = { title, isDone, run, build };
