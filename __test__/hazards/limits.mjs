// ours
// flags: --expose-gc
// Every kind of runaway call, some times each: it ends with its own error, what is said to survive survives, and a neighbour
// does not notice. `npm run bench:limits` does it a thousand times and measures.
import cases from '../../bench/lib/limit-cases.js';
import { assert, instance, pass } from '../support/hazard.mjs';

const neighbour = await instance('computing');
const three = await neighbour.exports.compute(3);
for (const each of cases.CASES) {
  const module = await cases.moduleOf(each);
  for (let round = 0; round < 2; round += 1) {
    await cases.once(module, each);
    assert.equal(await neighbour.exports.compute(3), three, each.name);
  }
}
pass();
