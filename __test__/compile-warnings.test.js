'use strict';
// Warnings: GHC's own, and those about mistakes in JavaScript snippets that GHC lets through. Each says where it is.

const { engine, failure, ours } = require('./support');
const { project } = require('./support/project');

const header =
  'module M where\nimport GHC.Wasm.Prim\nforeign export javascript "f" f :: Int\nf :: Int\nf = 1\n';

/** The warnings for a module with these imports, which begin in line 6 of the file Main.hs. */
async function warnings(...imports) {
  const module = await engine.compile({ source: header + imports.join('\n') });
  return module.warnings;
}

const place = ({ file, line, column, endLine, endColumn }) => [file, line, column, endLine, endColumn];

describe('a snippet that is no JavaScript', () => {
  ours('is a warning at its place', async () => {
    const cases = [
      [
        'unsafe "$1 + (2"',
        42,
        /^the JavaScript snippet of ‘g0’ is neither an expression nor statements: .* at its end$/,
      ],
      ['unsafe "const = $1"', 41, /is neither an expression nor statements: .* at ‘= \$1’$/],
      ['unsafe "let = $1"', 34, /does not parse in strict mode, in which JSFFI runs: /],
      ['unsafe "await $1"', 34, /uses await, but the import is unsafe, so synchronous; make it safe$/],
      [
        'safe "$1 // the same"',
        32,
        /ends in a comment with \/\/, which hides the bracket .*; write \/\* … \*\/$/,
      ],
      [String.raw`unsafe "\"a\" \"b\""`, 34, /is neither an expression nor statements: .* at ‘"b"’$/],
    ];
    const imports = cases.map(([text], at) => `foreign import javascript ${text} g${at} :: Int -> IO Int`);
    const found = await warnings(...imports);
    expect(found).toEqual(
      cases.map(([, column, message], at) => ({
        file: 'Main.hs',
        line: 6 + at,
        column,
        endLine: 6 + at,
        endColumn: expect.any(Number),
        severity: 'warning',
        code: null,
        message: expect.stringMatching(message),
      })),
    );
    expect(found.every(({ column, endColumn }) => endColumn > column)).toBe(true);
  });

  ours('is an error of the instance if the module needs it, with its place', async () => {
    const source = `${header.replace('= 1', '= g 1')}foreign import javascript unsafe "$1 +" g :: Int -> Int\n`;
    const module = await engine.compile({ source });
    expect(module.warnings).toHaveLength(1);
    const error = await failure(() => module.instantiate());
    expect(error).toBeInstanceOf(engine.LinkError);
    expect(error).toMatchObject({ code: 'ERR_HS_SNIPPET' });
    expect(error.message).toMatch(
      /^Main\.hs:6: the JavaScript of a foreign import is neither .*: \(\$1\) => \$1 \+$/,
    );
  });

  ours('is found by acorn where functions cannot be made from text', async () => {
    const { node } = require('./support/process');
    const source = `${header}foreign import javascript unsafe "$1 +" g :: Int -> Int\n`;
    const script = `require('.').compile({ source: ${JSON.stringify(source)} }).then((m) => console.log(m.warnings.length))`;
    const run = await node('--disallow-code-generation-from-strings', '--eval', script);
    expect(run).toEqual({ code: 0, stdout: '1\n', stderr: '' });
  });
});

describe("a trailing ';' of one expression", () => {
  ours('is a warning if a value or a promise is lost', async () => {
    const found = await warnings(
      'foreign import javascript unsafe "$1 + 1;" g :: Int -> Int',
      'foreign import javascript safe "fetch($1);" h :: JSVal -> IO ()',
      'type Text = JSString',
      'foreign import javascript unsafe "String(`;`) ; " i :: IO Text',
    );
    expect(found.map(({ line, message }) => [line, message])).toEqual([
      [
        6,
        expect.stringMatching(
          /‘g’ ends in ‘;’, which makes it a statement: its value is lost .*leave the ‘;’ out$/,
        ),
      ],
      [7, expect.stringMatching(/‘h’ .*nothing waits for its promise; leave the ‘;’ out$/)],
      [9, expect.stringMatching(/‘i’ .*its value is lost/)],
    ]);
    expect(place(found[0])).toEqual(['Main.hs', 6, 34, 6, 43]);
  });

  ours('is none where nothing is lost', async () => {
    const found = await warnings(
      'type Action = IO ()',
      'foreign import javascript unsafe "console.log($1);" g :: Int -> IO ()',
      'foreign import javascript unsafe "console.log(1);" h :: Action',
      'foreign import javascript unsafe "let x = $1; return x;" i :: Int -> Int',
      'foreign import javascript unsafe "return $1;" j :: Int -> Int',
      'foreign import javascript safe "await 1; return $1" k :: Int -> IO Int',
      'foreign import javascript "wrapper" l :: (Int -> IO ()) -> IO JSVal',
    );
    expect(found).toEqual([]);
  });
});

describe('text that is not ASCII in a snippet', () => {
  ours('is a warning that says what to write', async () => {
    const [found] = await warnings('foreign import javascript unsafe "\'© \' + $1" g :: Int -> Int');
    expect(place(found)).toEqual(['Main.hs', 6, 34, 6, 45]);
    expect(found.message).toMatch(
      /^GHC mangles ‘©’ in the JavaScript snippet of ‘g’: write ‘\\\\u00a9’ for the first/,
    );
  });

  ours.each(['λ', 'ß'])(
    'is an error that says what to write where nothing is left to run: %s',
    async (text) => {
      const error = await failure(() =>
        warnings(`foreign import javascript unsafe "'${text}'" g :: JSString`),
      );
      expect(error).toBeInstanceOf(engine.CompileError);
      expect(error.diagnostics).toHaveLength(1);
      expect(place(error.diagnostics[0])).toEqual(['Main.hs', 6, 34, 6, 39]);
      expect(error.message).toMatch(
        /^Main\.hs:6:34: error:\n {4}GHC cannot compile ‘.’ in the JavaScript snippet of ‘g’: write/,
      );
    },
  );

  ours('is none if it is written as GHC keeps it', async () => {
    expect(
      await warnings('foreign import javascript unsafe "\'Stra\\\\u00dfe\' + $1" g :: Int -> Int'),
    ).toEqual([]);
  });
});

describe('what GHC refuses in the words of generated C', () => {
  const refusal = async (...lines) => failure(() => warnings(...lines));

  ours.each([
    [
      'unsafe "$1" g :: [Int] -> IO ()',
      /cannot take or give the list \(a String is one\), as ‘g :: \[Int\] -> IO \(\)’ does/,
    ],
    ['unsafe "$1" g :: String -> IO ()', /cannot take or give the list \(a String is one\)/],
    ['unsafe "$1" g :: (Int, Int) -> IO ()', /cannot take or give the tuple/],
    ['unsafe "$1" g :: Maybe Int -> IO ()', /cannot take or give the type ‘Maybe’/],
    ['unsafe "$1" g :: Integer -> IO ()', /cannot take or give the type ‘Integer’/],
    ['unsafe "$1(1)" g :: (Int -> IO ()) -> IO ()', /cannot take or give the function/],
    ['"wrapper sync" g :: (Int -> IO ()) -> IO JSVal', /"wrapper sync" needs GHC 9\.14 .* Leave ‘sync’ out/],
  ])('is explained at the import: %s', async (text, message) => {
    const error = await refusal('f2 :: Int', 'f2 = 2', `foreign import javascript ${text}`);
    expect(error).toBeInstanceOf(engine.CompileError);
    expect(error.message).toMatch(message);
    expect(error.diagnostics[0]).toMatchObject({ file: 'Main.hs', line: 8, severity: 'error' });
  });

  ours('is explained at the export: a type that cannot cross', async () => {
    const error = await refusal(
      'foreign export javascript "g" g :: Maybe Int -> Int',
      'g :: Maybe Int -> Int',
      'g _ = 1',
    );
    expect(error.message).toMatch(/What can cross: Bool, Char, Int/);
    expect(error.diagnostics[0]).toMatchObject({ line: 6, code: 'GHC-89401' });
  });

  ours('is explained at the export: "g sync" on a compiler without synchronous exports', async () => {
    const error = await refusal('foreign export javascript "g sync" g :: Int', 'g :: Int', 'g = 1');
    expect(error.message).toMatch(
      /Synchronous exports need GHC 9\.14 .* this one is 9\.\d+\.\d+\. Leave ‘sync’ out/s,
    );
    expect(error.diagnostics[0]).toMatchObject({ line: 6 });
  });
});

describe("GHC's warnings", () => {
  const options = { ghcOptions: ['-Wall'] };
  const unused = 'foreign export javascript "f" f :: Int -> Int\nf :: Int -> Int\nf x = 1\n';

  ours('have their code and span, and are there again when nothing is compiled', async () => {
    const root = project({ 'M.hs': `module M where\n${unused}` });
    for (let times = 0; times < 2; times += 1) {
      const { warnings: found } = await engine.compile(root, options);
      expect(found).toEqual([
        {
          file: expect.stringMatching(/M\.hs$/),
          line: 4,
          column: 3,
          endLine: 4,
          endColumn: 4,
          severity: 'warning',
          code: 'GHC-40910',
          message: 'Defined but not used: ‘x’',
        },
      ]);
    }
  });

  ours('are errors with -Werror', async () => {
    const error = await failure(() =>
      engine.compile({ source: unused }, { ghcOptions: ['-Wall', '-Werror'] }),
    );
    expect(error).toBeInstanceOf(engine.CompileError);
    expect(error.diagnostics.some(({ code, severity }) => code === 'GHC-40910' && severity === 'error')).toBe(
      true,
    );
  });
});
