// Shows: a promise that Haskell awaits, a rejection that it catches, and one that it lets through.
import { setTimeout as sleep } from 'node:timers/promises';
import { instantiate } from 'hs-wasm';

const people = { ada: 'Ada Lovelace' };

/** What the Haskell side calls: `imports` makes it visible to `foreign import javascript`. */
async function lookUp(key) {
  await sleep(50);
  if (!people[key]) {
    throw new RangeError(`nobody is called ${key}`);
  }
  return people[key];
}

const { exports } = await instantiate(new URL('Main.hs', import.meta.url), { imports: { lookUp } });

console.log(await exports.greet('ada'));
console.log(await exports.greetAnyway('bob'));
try {
  await exports.greet('eve');
} catch (error) {
  console.log(`JavaScript caught: ${error.name}`);
  console.log(
    `  its cause is the original error: ${error.cause instanceof RangeError}, "${error.cause?.message}"`,
  );
}
