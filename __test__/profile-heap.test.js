'use strict';
// The reading and drawing of heap profiles.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { bandsOf, peakOf, readHeapProfile } = require('../lib/profile/heap.js');
const { nodeIn } = require('./support/process');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-profile-test-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

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
    const library = JSON.stringify(path.join(__dirname, '..', 'lib', 'profile', 'heap.js'));
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
