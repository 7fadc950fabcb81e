'use strict';
// The seven tests that GHC 9.10 has for its JSFFI, retold: the same exports, the same output.

const fs = require('node:fs');
const path = require('node:path');
const { fixture, fixtures } = require('./support');
const { node } = require('./support/process');

const runner = path.join(__dirname, 'support', 'conformance.mjs');
const names = fixtures().filter((name) => name.startsWith('conformance-'));

test.each(names)('%s prints what GHC expects', async (name) => {
  const { code, stdout, stderr } = await node('--expose-gc', runner, name);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe(fs.readFileSync(fixture(name, 'expected.stdout'), 'utf8'));
});

test.each(['-c', '-xn'])(
  "GHC's other ways to collect garbage keep jsffigc as it is: +RTS %s",
  async (way) => {
    const { stdout } = await node('--expose-gc', runner, 'conformance-jsffigc', way);
    expect(stdout).toBe(fs.readFileSync(fixture('conformance-jsffigc', 'expected.stdout'), 'utf8'));
  },
);

test('there are seven of them', () => {
  expect(names).toHaveLength(7);
});
