// flags: --expose-gc
// ours
// Under Jest every test file has a realm in which the package is loaded anew: it is garbage when the file is done.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';
import { assert, fixture, pass, sleep } from '../support/hazard.mjs';

const REALMS = 5;
const source = fixture('state');

/** A realm with Node's globals beside its own classes, and with a `process` whose listeners are its own, as Jest makes them. */
function realm() {
  const context = vm.createContext();
  const own = new Set(vm.runInContext('Object.getOwnPropertyNames(globalThis)', context));
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(globalThis))) {
    if (!own.has(name) && name !== 'global') Object.defineProperty(context, name, property);
  }
  context.process = Object.assign(Object.create(process), { on: () => {}, once: () => {} });
  return context;
}

/** What `file` exports when it and the JavaScript it requires are evaluated in `context`, as Jest does it. */
function load(file, context, cache = new Map()) {
  if (!cache.has(file)) {
    const module = { exports: {} };
    cache.set(file, module);
    const real = createRequire(file);
    const require = (name) => {
      const found = real.resolve(name);
      return path.isAbsolute(found) && found.endsWith('.js') ? load(found, context, cache) : real(name);
    };
    const names = ['exports', 'require', 'module', '__filename', '__dirname'];
    const body = vm.compileFunction(fs.readFileSync(file, 'utf8'), names, { parsingContext: context });
    body(module.exports, Object.assign(require, real), module, file, path.dirname(file));
  }
  return cache.get(file).exports;
}

async function testFile() {
  const context = realm();
  const engine = load(createRequire(import.meta.url).resolve('../..'), context);
  const { exports } = await engine.instantiate(source);
  assert.equal(await exports.add(1), 1);
  assert.equal(await exports.add(1), 2);
  return new WeakRef(vm.runInContext('Object', context));
}

const realms = [];
for (let n = 0; n < REALMS; n += 1) realms.push(await testFile());

const alive = () => realms.filter((reference) => reference.deref()).length;
for (let tries = 0; tries < 100 && alive() > 0; tries += 1) {
  await sleep(20); // What has been looked at lives for the rest of the turn.
  globalThis.gc();
}
assert.equal(alive(), 0);
pass();
