'use strict';

const { open } = require('../index.js');

let library;

// The first time GHC compiles; later the module is found in the cache.
beforeAll(async () => {
  library = await open();
}, 120_000);

afterAll(() => library.dispose());

test('fib', async () => {
  expect(await library.fib(10)).toBe(55);
  await expect(library.fib('10')).rejects.toThrow('fib: argument 1: must be a whole number');
});

test('greet', async () => {
  expect(await library.greet('Ada')).toBe('Hello, Ada!');
});
