// ours
// dispose() called by a snippet, while Haskell is on the stack, ends the call and not the process.
import { assert, instance, pass } from '../support/hazard.mjs';

const running = await instance('import-safety');
let disposal;
const disposing = () => {
  disposal = running.dispose();
};
await assert.rejects(async () => running.exports.viaUnsafe(disposing), { code: 'ERR_HS_CLOSED' });
await disposal;
pass();
