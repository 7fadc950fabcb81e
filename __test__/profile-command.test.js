'use strict';
// `hs-wasm profile`, on real programs.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { fixture } = require('./support/fixtures');
const { nodeIn } = require('./support/process');

// The first run of a fixture waits for GHC and Cranelift.
jest.setTimeout(180_000);

const command = path.join(__dirname, '..', 'bin', 'hs-wasm.js');
let folder;
beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-profile-test-'))));
afterEach(() => fs.rmSync(folder, { recursive: true }));

const profile = (...args) => nodeIn(folder, command, 'profile', ...args);
const read = (name) => fs.readFileSync(path.join(folder, name), 'utf8');
const program = fixture('profile-program');

test('writes a profile of a program and a picture of its heap, and says what was most', async () => {
  const { code, stdout, stderr } = await profile('--interval=1', program, '--', '20000', '20');
  expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: '20000\n'.repeat(20) });
  expect(stderr).toMatch(/^\d+ samples: Main\.profile\.json$/m);
  expect(stderr).toMatch(/^\d+ looks at the heap, .*: Main\.heap\.svg$/m);
  expect(stderr).toContain('Data.Map');
  expect(read('Main.heap.svg')).toMatch(/^<svg [^]*<\/svg>\n$/);
  const { threads, counters } = JSON.parse(read('Main.profile.json'));
  expect(threads[0].samples.length).toBeGreaterThan(0);
  expect(threads[0].markers.length).toBeGreaterThan(0);
  expect(counters).toHaveLength(1);
});

test('prints what was most as JSON, and nothing else, on stdout', async () => {
  const { code, stdout } = await profile('--json', '--interval=1', program, '20000', '20');
  expect(code).toBe(0);
  const { cpu, heap } = JSON.parse(stdout);
  expect(cpu).toMatchObject({ file: 'Main.profile.json', samples: expect.any(Number) });
  expect(cpu.functions.reduce((sum, { samples }) => sum + samples, 0)).toBe(cpu.samples);
  expect(heap).toMatchObject({ file: 'Main.heap.svg', peak: { bytes: expect.any(Number) } });
  const means = heap.bands.map(({ mean }) => mean);
  expect(means).toEqual(means.toSorted((a, b) => b - a));
});

test('writes only what is named, and the event log', async () => {
  const { code, stderr } = await profile('--cpu', 'x.json', '--events', 'x.eventlog', program, '1000', '1');
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(fs.readdirSync(folder).sort()).toEqual(['x.eventlog', 'x.json']);
  expect(read('x.eventlog').slice(0, 4)).toBe('hdrb');
});

test("calls an export of a library, and a program's exit code is its own", async () => {
  const file = fixture('profile-exports');
  const called = await profile('--cpu=x.json', file, 'collatz', '30000');
  expect(called).toMatchObject({ code: 0, stderr: expect.stringMatching(/^\d+ samples: x\.json$/m) });
  expect(await profile('--cpu=x.json', program, 'nothing', 'of', 'use')).toMatchObject({ code: 3 });
});

test.each([
  [['--interval', 'often', 'x.hs'], /--interval takes milliseconds from 1 to 60000, found 'often'/],
  [['--cpu-interval', '0', 'x.hs'], /--cpu-interval takes milliseconds from 1 to 60000, found '0'/],
  [[], /a file is needed/],
  [[fixture('profile-exports')], /has no main: name one of its exports/],
  [[fixture('profile-exports'), 'x'], /has no export x; its exports are collatz, fails/],
  [[fixture('profile-exports'), 'collatz'], /collatz takes 1 arguments/],
])('%j is wrong usage', async (args, message) => {
  expect(await profile(...args)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
});

test('says when there was too little to see', async () => {
  const args = ['--heap=x.svg', '--interval=60000', fixture('command'), 'args'];
  const { code, stderr } = await profile(...args);
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/looked at the heap too seldom/),
  });
});
