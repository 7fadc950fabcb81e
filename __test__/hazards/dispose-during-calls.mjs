// ours
// dispose() in the middle of calls ends them all with ClosedError: of sleepers, of those who wait
// for a promise, and of those who compute.
import { assert, instance, pass, sleep } from '../support/hazard.mjs';

const closed = { code: 'ERR_HS_CLOSED' };
const [sleeping, computing] = [await instance('delays'), await instance('delays')];
const waiting = await instance('import-safety');
const calls = [
  sleeping.exports.sleepers(10, 600_000),
  computing.exports.ticksWhile(1_000_000),
  waiting.exports.viaSafe(() => new Promise(() => {})),
].map((call) => assert.rejects(call, closed));
await sleep(20);
await Promise.all([sleeping, computing, waiting].map((each) => each.dispose()));
await Promise.all(calls);
pass();
