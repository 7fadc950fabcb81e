// ours
// However a process ends, and whatever Haskell does meanwhile, it ends as it would without us: with its code, by its
// signal, with what Node says of the error, and without a crash.
import { assert, pass } from '../support/hazard.mjs';
import { endOf, ends, works } from '../support/endings.mjs';

for (const work of works) {
  for (const [end, wanted] of Object.entries(ends)) {
    const { code, signal, stderr } = await endOf(work, end);
    const { code: wantedCode = null, signal: wantedSignal = null, stderr: said = /^$/ } = wanted;
    assert.deepEqual([work, end, code, signal], [work, end, wantedCode, wantedSignal], stderr);
    assert.match(stderr, said);
  }
}
pass();
