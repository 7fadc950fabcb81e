'use strict';
// Sleeping and computing: Haskell's threads wait for timers, and neither they nor JavaScript starve.

const { command, instance } = require('./support');

/** Runs `work` and counts the turns of the event loop meanwhile. */
async function turnsDuring(work) {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return turns;
}

describe('threadDelay with JSFFI', () => {
  test('wakes the threads in their order', async () => {
    const { exports } = await instance('delays');
    expect(await exports.wakeUps(40, 1)).toBe('[1,40]');
    expect(await exports.wakeUps(1, 40)).toBe('[1,40]');
  });

  test('may be waited for by a thousand threads', async () => {
    const { exports } = await instance('delays');
    expect(await exports.sleepers(1000, 10)).toBe(1000);
  });

  test('can be interrupted by System.Timeout', async () => {
    const { exports } = await instance('delays');
    expect(await exports.sleepAtMost(5, 200)).toBe(0);
    expect(await exports.sleepAtMost(2000, 1)).toBe(1);
  });

  test('leaves the event loop its turns', async () => {
    const { exports } = await instance('delays');
    expect(await turnsDuring(() => exports.sleepers(10, 100))).toBeGreaterThan(5);
  });

  test('wakes threads while another one computes, and so do timers of JavaScript', async () => {
    const { exports } = await instance('delays');
    let ticks;
    const turns = await turnsDuring(async () => {
      ticks = await exports.ticksWhile(300);
    });
    expect(ticks).toBeGreaterThan(0);
    expect(turns).toBeGreaterThan(0);
  });
});

describe('threadDelay without JSFFI', () => {
  test('works by poll_oneoff, and timeouts too', async () => {
    const { exitCode, stdout, stderr } = await command('delays-without-jsffi');
    expect(stderr).toBe('');
    expect(stdout.split('\n')).toEqual(['False', '[1,30,60]', 'Nothing', 'Just ()', '']);
    expect(exitCode).toBe(0);
  });

  test('leaves the event loop its turns', async () => {
    const turns = await turnsDuring(() => command('delays-without-jsffi'));
    expect(turns).toBeGreaterThan(5);
  });
});
