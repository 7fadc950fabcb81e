'use strict';
// `hs-wasm profile`, on real programs, and the reading of profiles.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { bandsOf, peakOf, readHeapProfile } = require('../lib/heap-profile.js');
const { fixture } = require('./support/fixtures');
const { nodeIn } = require('./support/process');

// The first run of a fixture waits for GHC and Cranelift.
jest.setTimeout(180_000);

const program = path.join(__dirname, '..', 'bin', 'hs-wasm.js');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-profile-test-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const profile = (...args) => nodeIn(folder, program, 'profile', ...args);

const HP = `JOB "two \\"words\\""
DATE "Thu Jan  1 00:00 1970"
SAMPLE_UNIT "seconds"
VALUE_UNIT "bytes"
BEGIN_SAMPLE 0.000000
END_SAMPLE 0.000000
BEGIN_SAMPLE 0.100000
ghc-prim:GHC.Types.:\t100
ARR_WORDS\t40
END_SAMPLE 0.100000
BEGIN_SAMPLE 0.200000
ARR_WORDS\t80
<THUNK>\t1
END_SAMPLE 0.200000
`;

describe('a heap profile', () => {
  test('is read with its bands and its peak', () => {
    const read = readHeapProfile(HP);
    expect(read.job).toBe('two "words"');
    expect(read.samples.map(({ seconds }) => seconds)).toEqual([0.1, 0.2]);
    expect(bandsOf(read)).toEqual([
      { name: 'ARR_WORDS', mean: 60, most: 80 },
      { name: 'ghc-prim:GHC.Types.:', mean: 50, most: 100 },
      { name: '<THUNK>', mean: 1, most: 1 },
    ]);
    expect(peakOf(read)).toEqual({ seconds: 0.1, bytes: 140 });
  });

  test('is drawn with an area for each band, whatever their names are', async () => {
    // In a process of its own: Jest has no import() for what draws.
    const library = JSON.stringify(path.join(__dirname, '..', 'lib', 'heap-profile.js'));
    const { stdout: svg } = await nodeIn(
      folder,
      '--eval',
      `const { drawHeapProfile, readHeapProfile } = require(${library});
       drawHeapProfile(readHeapProfile(${JSON.stringify(HP)})).then(console.log);`,
    );
    expect(svg.match(/<path d="[^"]+" fill="hsl/g)).toHaveLength(3);
    expect(svg).toContain('&lt;THUNK&gt;');
    expect(svg).not.toContain('NaN');
  });

  test('that is none is refused at its line', () => {
    expect(() => readHeapProfile('JOB "x"\nhello\n')).toThrow(
      new SyntaxError("expected a heap profile of GHC's runtime; line 2 is 'hello'"),
    );
  });
});

describe('hs-wasm profile', () => {
  test('draws what was on the heap of a program, and says what was most', async () => {
    const { code, stdout, stderr } = await profile(
      '--interval=5',
      fixture('command'),
      '--',
      'heap',
      '300000',
    );
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringMatching(/: Main\.heap\.svg$/m) });
    expect(stderr).toContain('ghc-prim:GHC.Types.:');
    expect(stdout).not.toBe('');
    expect(fs.readFileSync(path.join(folder, 'Main.heap.svg'), 'utf8')).toMatch(/^<svg [^]*<\/svg>\n$/);
  });

  test('prints the bands as JSON, and nothing else, on stdout', async () => {
    const picture = path.join(folder, 'x.svg');
    const args = ['--json', '--heap', picture, '--interval=5', fixture('command'), 'heap', '300000'];
    const { code, stdout } = await profile(...args);
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ picture, peak: { bytes: expect.any(Number) } });
    expect(report.bands.map(({ mean }) => mean)).toEqual(
      report.bands.map(({ mean }) => mean).toSorted((a, b) => b - a),
    );
    expect(fs.existsSync(picture)).toBe(true);
  });

  test.each([
    [['--interval', 'often', 'x.hs'], /--interval takes milliseconds from 1 to 60000, found 'often'/],
    [[], /a file is needed/],
  ])('%j is wrong usage', async (args, message) => {
    expect(await profile(...args)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
  });

  test('says when there was nothing to see', async () => {
    const { code, stderr } = await profile('--interval=60000', fixture('command'), 'args');
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/looked at the heap \d times, which makes no picture/),
    });
  });
});
