'use strict';
// What the specs say: `await instance('callbacks')` is a running fixture that is disposed of after
// the test, `await command('cat', { stdin: 'x' })` the outcome of a command.

const { engine, onReference } = require('./engine');
const { fixture, fixtures } = require('./fixtures');
const { guest } = require('./guests');
const { sink } = require('./sink');

// The first run of a fixture waits for GHC and Cranelift.
jest.setTimeout(180_000);

/** A claim about hs-wasm that V8 with post-link.mjs and node:wasi does not fulfil. */
const ours = onReference ? test.skip : test;

const running = new Set();

afterEach(async () => {
  const instances = [...running];
  running.clear();
  await Promise.all(instances.map((each) => each.dispose()));
});

/** An instance of a fixture, disposed of after the test. */
async function instance(name, options) {
  const made = await engine.instantiate(fixture(name), options);
  running.add(made);
  return made;
}

/** An instance of a guest in the WebAssembly text format, disposed of after the test. */
async function guestInstance(name, options) {
  const made = await engine.instantiate(await guest(name), options);
  running.add(made);
  return made;
}

/** The outcome `{ exitCode, stdout, stderr }` of a fixture that is a command. */
const command = (name, options) => engine.run(fixture(name), options);

/** What an instance of the fixture `world` sees of it. */
const worldOf = async ({ exports }) => [
  await exports.workingFolder(),
  await exports.terminals(),
  await exports.now(),
  await exports.elapsed(),
  await exports.entropy(),
];

/** The reason for which `run()` fails, at once or later. */
async function failure(run) {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw new Error('expected a failure, but nothing failed');
}

/** Waits until `claim()` holds: for what needs a few turns of the event loop, or so many seconds. */
async function until(claim, { seconds = 10 } = {}) {
  for (let turns = 0; !claim(); turns += 1) {
    if (turns === seconds * 200) throw new Error(`waited in vain for ${claim}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

module.exports = {
  command,
  engine,
  failure,
  fixture,
  fixtures,
  guest,
  guestInstance,
  instance,
  onReference,
  ours,
  sink,
  until,
  worldOf,
};
