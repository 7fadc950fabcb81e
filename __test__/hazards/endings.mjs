// ours
// However a process ends, and whatever Haskell does meanwhile, it ends as it would without us: with its code, by its
// signal, with what Node says of the error, and without a crash.
import { pass } from '../support/hazard.mjs';
import { endOf, ends, works } from '../support/endings.mjs';

for (const work of works) {
  for (const end of Object.keys(ends)) await endOf(work, end);
}
pass();
