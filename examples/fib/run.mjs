// Shows: one call compiles a Haskell file, starts it and hands out its functions.
import { instantiate } from 'hs-wasm';

const { exports } = await instantiate(new URL('Main.hs', import.meta.url));

for (const n of [10, 20, 30, 40]) {
  console.log(`fib(${n}) = ${await exports.fib(n)}`);
}
