// ours
// Eight instances that compute, each woken by timers of its own, leave JavaScript's timers their turns.
import { instance, pass, sleep } from '../support/hazard.mjs';

for (let n = 0; n < 8; n += 1) {
  const { exports } = await instance('delays');
  exports.ticksWhile(1_000_000);
}
for (let turn = 0; turn < 20; turn += 1) await sleep(1);
pass();
process.exit(0);
