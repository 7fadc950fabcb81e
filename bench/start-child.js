'use strict';
/**
 * A process that is measured from outside, or measures itself: `node start-child.js <what> <engine> <wasm> <glue>`.
 * It prints JSON: `ns`, of which `what` says what took them, or `bytes`.
 */

const [what, engine, wasm, glue] = process.argv.slice(2);

/** How many instances are weighed. */
const INSTANCES = 20;

/** Each gives a function that loads the module, which gives one that makes an instance and gives its exports. */
const ROADS = {
  V8() {
    const { openV8 } = require('./v8.js');
    return () => openV8(wasm, glue);
  },
  'hs-wasm'() {
    const hs = require('..');
    return async () => {
      const module = await hs.load(wasm);
      return async () => (await module.instantiate()).exports;
    };
  },
};

const since = (began) => Math.round((performance.now() - began) * 1e6);

async function called(instantiate) {
  const exports = await instantiate();
  await exports.noop();
  return exports;
}

async function weighed(instantiate) {
  const kept = [await called(instantiate)];
  globalThis.gc();
  const before = process.memoryUsage.rss();
  for (let made = 0; made < INSTANCES; made += 1) {
    kept.push(await called(instantiate));
  }
  globalThis.gc();
  return { bytes: (process.memoryUsage.rss() - before) / INSTANCES, kept: kept.length };
}

const WORKS = {
  nothing: () => ({}),
  /** Everything: the parent's clock counts. */
  async call(open) {
    await called(await open()());
    return {};
  },
  /** Loading the module alone. */
  async load(open) {
    const load = open();
    const began = performance.now();
    await load();
    return { ns: since(began) };
  },
  /** Loading the module, and what the first call takes. */
  async result(open) {
    const load = open();
    const began = performance.now();
    await called(await load());
    return { ns: since(began) };
  },
  memory: async (open) => weighed(await open()()),
};

Promise.resolve(WORKS[what](ROADS[engine])).then((result) => {
  console.log(JSON.stringify(result));
  process.exit();
});
