'use strict';
// Stand-ins for the compiler: scripts that do something before or instead of the real one, and children in which a private
// cache is used.

const fs = require('node:fs');
const path = require('node:path');
const { engine } = require('./engine');
const { folder } = require('./project');

/** The path of the real compiler. */
const realGhc = async () => (await engine.toolchain.find()).ghc;

/** A compiler that is this text of a shell script, in which `$GHC` is the real one. */
async function standIn(text) {
  const file = path.join(folder(), 'wasm32-wasi-ghc');
  fs.writeFileSync(file, `#!/bin/sh\nGHC='${await realGhc()}'\n${text}\n`, { mode: 0o755 });
  return file;
}

/**
 * A compiler that notes its calls.
 * @returns {Promise<{ ghc: string, calls: () => string[] }>}
 */
async function counted() {
  const log = path.join(folder(), 'calls');
  // One write for each call, so that calls at the same time stay apart.
  const ghc = await standIn(`printf '%s\\n' "$(echo "$*" | tr '\\n' ' ')" >> '${log}'\nexec "$GHC" "$@"`);
  const lines = () => (fs.existsSync(log) ? fs.readFileSync(log, 'utf8').trimEnd().split('\n') : []);
  return { ghc, calls: () => lines().filter((line) => !line.startsWith('--info')) };
}

module.exports = { counted, realGhc, standIn };
