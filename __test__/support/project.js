'use strict';
// Haskell projects that a spec writes down itself: folders of their own, removed after the test.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const folders = [];

afterEach(() => {
  for (const made of folders.splice(0)) fs.rmSync(made, { recursive: true, force: true });
});

/** A new empty folder. */
function folder() {
  const made = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'hs-wasm-test-'));
  folders.push(made);
  return made;
}

/** A new folder with these files, by their paths in it. */
function project(files) {
  const root = folder();
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(root, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
  return root;
}

module.exports = { folder, project };
