// Shows: JavaScript calls Haskell closures, from asynchronous code and as listeners of an event emitter.
import { EventEmitter } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { instantiate } from 'hs-wasm';

/** `Array.prototype.map` for functions that return promises. */
const mapAsync = (array, callback) => Promise.all(array.map((element) => callback(element)));

const { exports } = await instantiate(new URL('Main.hs', import.meta.url), { imports: { mapAsync } });

console.log('squares:', await exports.squares());

const emitter = new EventEmitter();
await exports.countWords(emitter);
console.log('counting words:');
for (const line of ['a monad is', 'just a monoid', 'in the category of endofunctors']) {
  emitter.emit('line', line);
  await turn();
}
