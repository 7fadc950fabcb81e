// flags: --disallow-code-generation-from-strings
// ours
// Without a glue a module with snippets loads but says how to get one; one without snippets runs, and post-linking works.
import { assert, engine, fixture, pass } from '../support/hazard.mjs';
import guests from '../support/guests.js';

assert.throws(() => new Function(''), EvalError);

const module = await engine.compile(fixture('state'));
await assert.rejects(module.instantiate(), (error) => {
  assert.ok(error instanceof engine.LinkError);
  assert.equal(error.code, 'ERR_HS_GLUE');
  assert.match(error.message, /forbids making functions from text/);
  assert.match(error.message, /hs-wasm post-link --no-eval -i .* -o /);
  return true;
});
assert.match(engine.postLink(module.wasm), /^export default /m);

const plain = await guests.assemble(`(module (memory (export "memory") 1)
  (func (export "add") (param i32 i64 f64) (result f64)
    (f64.add (local.get 2) (f64.add (f64.convert_i32_s (local.get 0)) (f64.convert_i64_s (local.get 1))))))`);
const { exports, dispose } = await engine.instantiate(plain, { imports: { unused: 1 } });
assert.equal(exports.add('1', 2n, 0.5), 3.5);
assert.throws(() => exports.add(1, 2, 3), TypeError);
dispose();

// Names are checked without making functions of them.
await assert.rejects(module.instantiate({ imports: { class: 1 } }), { code: 'ERR_INVALID_ARG_VALUE' });
pass();
