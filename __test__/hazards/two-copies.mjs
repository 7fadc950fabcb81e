// ours
// Several copies of the package in one process, as two node_modules trees make them: each has an engine, threads and settings
// of its own, and they do not disturb each other, also where they trap and in workers.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import guests from '../support/guests.js';
import { assert, engine, fixture, instance, pass } from '../support/hazard.mjs';
import { ended } from '../support/workers.mjs';

const root = path.join(import.meta.dirname, '..', '..');
const require = createRequire(import.meta.url);

/** A copy of the package, in a project of its own. */
function copy() {
  const modules = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-copy-')), 'node_modules');
  const addons = fs.readdirSync(root).filter((name) => name.endsWith('.node'));
  for (const part of ['index.js', 'binding.js', 'package.json', 'lib', ...addons]) {
    fs.cpSync(path.join(root, part), path.join(modules, 'hs-wasm', part), { recursive: true });
  }
  fs.symlinkSync(path.join(root, 'node_modules', 'acorn'), path.join(modules, 'acorn'));
  return path.join(modules, 'hs-wasm');
}

const places = [copy(), copy()];
const engines = [engine, ...places.map((place) => require(place))];
engines.forEach((each, n) => each.configure({ sliceMs: n + 1 }));

const source = fixture('state');
const traps = await guests.guest('traps');
async function use(each) {
  const { exports } = await each.instantiate(source);
  assert.equal(await exports.add(1), 1);
  const trapping = await each.instantiate(traps);
  assert.throws(trapping.exports.outOfBounds, each.TrapError);
  assert.equal(await exports.add(1), 2);
}

for (let round = 0; round < 20; round += 1) await Promise.all(engines.map(use));

// A worker may have the copy alone, or both.
for (const needed of [places.slice(1), [root, ...places]]) {
  const code = `
    const { workerData } = require('node:worker_threads');
    for (const place of workerData.needed) {
      require(place).instantiate(workerData.source).then(({ exports }) => exports.add(1));
    }`;
  const worker = new Worker(code, { eval: true, workerData: { needed, source } });
  assert.deepEqual(await ended(worker), { code: 0, error: undefined });
}
await Promise.all(engines.map(use));

// What one copy made is nothing that another takes for its own.
const { exports } = await instance('state');
assert.equal(await exports.add(1), 1);
assert.notEqual(engines[1].Module, engines[2].Module);
for (const place of places) fs.rmSync(path.join(place, '..', '..'), { recursive: true });
pass();
