'use strict';
/** Files in the cache that are made of other files. */

const fs = require('node:fs/promises');
const path = require('node:path');

/** What `file` holds, else what `make` gives, which it then holds; without a file that alone. */
async function kept(file, make) {
  const found = file && (await fs.readFile(file).catch(() => undefined));
  if (found) {
    const now = new Date();
    // So that it is not taken for what nobody uses: see `src/eviction.rs`.
    await fs.utimes(file, now, now).catch(() => {});
    return found;
  }
  const made = await make();
  if (file) {
    await store(made, file);
  }
  return made;
}

/** Other processes may read the file: it appears whole or not at all. What cannot be kept is made again. */
async function store(bytes, file) {
  const draft = `${file}.${process.pid}.draft`;
  try {
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.writeFile(draft, bytes);
    await fs.rename(draft, file);
  } catch {
    await fs.rm(draft, { force: true });
  }
}

module.exports = { kept };
