'use strict';
/**
 * Profiles of a run: CPU samples, which native code takes, and what GHC's runtime writes when it is told to at its start. That
 * goes through a folder of ours, and is whole when the runtime has ended.
 */

const fs = require('node:fs/promises');
const os = require('node:os');
const path = require('node:path');
const { readEventLog } = require('./event-log.js');
const { firefoxProfile } = require('./firefox.js');
const { drawHeapProfile, readHeapProfile } = require('./heap.js');

/** Where the guest finds that folder: a name that none has. */
const GUEST = '/.hs-wasm-profile';
/** How often a heap was looked at, at least, to make a picture. */
const LOOKS = 2;

/**
 * Does `run(options)`, at whose end the guest has ended, and gives its value with the profile.
 *
 * @param {string} name of the module
 * @param {{ cpu: boolean, heap: boolean, events: boolean, intervalMs: number, heapIntervalMs: number }} wanted
 * @param {object} options of the instance or the run, checked
 * @param {(options: object) => Promise<unknown>} run
 */
async function record(name, wanted, options, run) {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'hs-wasm-profile-'));
  const written = (file) => fs.readFile(path.join(folder, file)).catch(() => undefined);
  let samples = nothingSeen();
  const sampler = { intervalMs: wanted.intervalMs, done: (seen) => (samples = seen) };
  try {
    const value = await run({
      ...options,
      ...(wanted.cpu && { sampler }),
      preopens: [...options.preopens, { guest: GUEST, host: folder, readOnly: false }],
      rtsOptions: [...flags(wanted), ...options.rtsOptions],
    });
    const profile = { value };
    const eventLog = wanted.events ? await written('eventlog') : undefined;
    if (wanted.cpu || eventLog) {
      profile.firefox = firefoxProfile({ name, samples, log: eventLog && readEventLog(eventLog) });
    }
    if (eventLog) {
      profile.eventLog = new Uint8Array(eventLog);
    }
    if (wanted.heap) {
      profile.heap = await heapOf(`${(await written('heap.hp')) ?? ''}`);
    }
    return profile;
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

/** For the events of a run that was not sampled. */
const nothingSeen = () => ({
  began: Date.now(),
  took: 0,
  interval: 1,
  times: [],
  stacks: [],
  nodes: [],
  names: {},
});

/** What the runtime is told. */
function flags({ heap, events, heapIntervalMs }) {
  return [
    ...(heap ? ['-hT', `-i${heapIntervalMs / 1000}`, `-po${GUEST}/heap`] : []),
    ...(events ? ['-l', `-ol${GUEST}/eventlog`] : []),
  ];
}

async function heapOf(hp) {
  const read = readHeapProfile(hp);
  return { hp, svg: read.samples.length < LOOKS ? undefined : await drawHeapProfile(read) };
}

module.exports = { record };
