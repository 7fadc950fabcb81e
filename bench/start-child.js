'use strict';
/** A process that is measured from outside: `node start-child.js <what> <engine> <wasm> <glue>`. */

const [what, engine, wasm, glue] = process.argv.slice(2);

/** How many instances are weighed. */
const INSTANCES = 20;

async function first() {
  if (engine === 'V8') {
    const { openV8 } = require('./v8.js');
    return openV8(wasm, glue);
  }
  const hs = require('..');
  const module = await hs.load(wasm);
  return async () => (await module.instantiate()).exports;
}

async function main() {
  if (what === 'nothing') return {};
  const instantiate = await first();
  const exports = await instantiate();
  await exports.noop();
  if (what === 'call') return {};
  const kept = [exports];
  globalThis.gc();
  const before = process.memoryUsage.rss();
  for (let made = 0; made < INSTANCES; made += 1) {
    const another = await instantiate();
    await another.noop();
    kept.push(another);
  }
  globalThis.gc();
  const bytes = (process.memoryUsage.rss() - before) / INSTANCES;
  return { bytes, kept: kept.length };
}

main().then((result) => {
  console.log(JSON.stringify(result));
  process.exit();
});
