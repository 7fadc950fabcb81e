'use strict';
// Folders of files that a test changes.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const made = [];

afterAll(() => made.splice(0).forEach((folder) => fs.rmSync(folder, { recursive: true, force: true })));

/** Writes files, `{ 'src/A.hs': 'text' }`, into `folder`. */
function write(folder, files) {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
}

/** A new folder with these files, removed after the tests of the file. */
function tree(files) {
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'hs-wasm-tree-'));
  made.push(folder);
  write(folder, files);
  return folder;
}

module.exports = { tree, write };
