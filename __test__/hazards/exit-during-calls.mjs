// process.exit() ends the process at once, whatever Haskell is doing.
import { instance, pass, sleep } from '../support/hazard.mjs';

for (let n = 0; n < 4; n += 1) {
  const { exports } = await instance('delays');
  exports.sleepers(10, 600_000);
}
const { exports } = await instance('delays');
exports.ticksWhile(1_000_000);
await sleep(20);
pass();
process.exit(0);
