'use strict';
// Linear memory seen from JavaScript: one buffer, replaced and detached when memory grows.

const { instance } = require('./support');

describe("Haskell's memory", () => {
  test('grows under a view that a snippet holds: the old view is empty, the new one is right', async () => {
    const running = await instance('heap');
    const before = running.memory.buffer;
    const held = new Uint8Array(before);
    const size = before.byteLength;
    const [heldLength, bytes] = await running.exports.growUnderView(1_000_000);
    expect(heldLength).toBe(0);
    expect(bytes).toBeGreaterThan(size);
    expect(held.length).toBe(0);
    expect(before.byteLength).toBe(0);
    expect(running.memory.buffer.byteLength).toBeGreaterThanOrEqual(bytes);
    expect(await running.exports.total()).toBe(500_000_500_000);
  });

  test('keeps its buffer while it does not grow', async () => {
    const { memory, exports } = await instance('heap');
    await exports.holdView();
    const { buffer } = memory;
    await exports.holdView();
    expect(memory.buffer === buffer).toBe(true);
    expect(buffer.byteLength).toBeGreaterThan(0);
  });

  test('is the memory of rawExports, and the size in stats', async () => {
    const running = await instance('heap');
    expect(running.rawExports.memory.buffer).toBe(running.memory.buffer);
    expect(running.stats().memoryBytes).toBe(running.memory.buffer.byteLength);
    expect(Object.prototype.toString.call(running.memory.buffer)).toBe('[object ArrayBuffer]');
  });

  test('is written by JavaScript where Haskell reads it', async () => {
    const { exports } = await instance('import-scope');
    for (let round = 0; round < 3; round += 1) {
      const numbers = Array.from({ length: 10_000 * 4 ** round }, (_, n) => n % 7);
      const sum = numbers.reduce((a, b) => a + b, 0);
      expect(await exports.total(numbers.length, numbers)).toBe(sum);
    }
  });

  test('grows a hundred times without a lost number', async () => {
    const running = await instance('heap');
    for (let n = 0; n < 100; n += 1) await running.exports.keep(10_000);
    expect(await running.exports.total()).toBe(100 * 50_005_000);
  });
});
