'use strict';
// Diagnostics: what GHC, the C compiler and the linker find wrong, as GHC shows it and as data.

const { execFile } = require('node:child_process');
const path = require('node:path');
const { engine, failure, ours } = require('./support');
const { realGhc, standIn } = require('./support/compiler');
const { project } = require('./support/project');

/** What GHC itself prints for a file. */
async function printed(file) {
  const ghc = await realGhc();
  const args = ['-no-link', '-fno-code', '-main-is', 'NoMain', path.basename(file)];
  return new Promise((resolve) => {
    const options = { cwd: path.dirname(file), env: { ...process.env, LC_ALL: 'C.UTF-8' } };
    execFile(ghc, args, options, (_error, _stdout, stderr) => resolve(stderr));
  });
}

const SOURCES = {
  'a wrong type': 'module M where\nf :: Int -> String\nf λ = λ ++ "x"\n',
  'a name that is not in scope': 'module M where\nimport Data.List (sort)\nf = sotr [2, 1]\n',
  'a parse error': 'module M where\nf = (1 +\n',
  'a place of several lines': 'module M where\nf :: Int\nf = "a"\n  ++\n  "b"\n',
  'a tab': 'module M where\nf :: Int\nf =\tnot\t1\n',
  'two errors': 'module M where\nf :: Int\nf = "a"\ng :: Bool\ng = \'c\'\n',
};

describe('the message of a CompileError', () => {
  ours.each(Object.entries(SOURCES))('is what GHC shows of the first error: %s', async (_, source) => {
    const file = path.join(project({ 'M.hs': source }), 'M.hs');
    const error = await failure(() => engine.compile(file));
    expect(error).toBeInstanceOf(engine.CompileError);
    const [first, second] = (await printed(file)).trim().split(/\n\n(?=M\.hs)/);
    const [shown, more] = error.message.split(/\n(?=\(\d+ more errors? in `diagnostics`\)$)/);
    expect(shown.replace(file, 'M.hs')).toBe(first);
    expect(more).toBe(second && '(1 more error in `diagnostics`)');
    expect(error.stderr).toContain(shown);
  });
});

describe('a diagnostic', () => {
  ours('has the span and the code of GHC, and its suggestions', async () => {
    const error = await failure(() => engine.compile({ source: SOURCES['a name that is not in scope'] }));
    expect(error.diagnostics).toEqual([
      {
        file: 'Main.hs',
        line: 3,
        column: 5,
        endLine: 3,
        endColumn: 9,
        severity: 'error',
        code: 'GHC-88464',
        message: expect.stringMatching(/^Variable not in scope: sotr.*\nSuggested fix: Perhaps use ‘sort’/s),
      },
    ]);
  });

  ours.each(['ccall', 'javascript'])(
    'of a %s export says that its name is a keyword of C',
    async (convention) => {
      const source = `module Main where\nimport Prelude\n\nforeign export ${convention} double :: Int -> Int\ndouble :: Int -> Int\ndouble n = n + n\n`;
      const { diagnostics } = await failure(() => engine.compile({ source }));
      expect(diagnostics).toMatchObject([
        {
          line: 4,
          severity: 'error',
          message: expect.stringContaining('‘double’ has the name of a keyword of C'),
        },
      ]);
    },
  );

  ours('of the C compiler is at its place, with the line', async () => {
    const root = project({
      'M.hs': 'module M where\nforeign export javascript "f" f :: Int\nf :: Int\nf = 1\n',
      'cbits/bad.c': 'int good(void) { return 1; }\n\nint bad(void) { return missing + 1; }\n',
    });
    const file = path.join(root, 'cbits/bad.c');
    const error = await failure(() => engine.compile(root, { ghcOptions: [file] }));
    expect(error).toBeInstanceOf(engine.CompileError);
    expect(error.diagnostics[0]).toMatchObject({ file, line: 3, column: 24, severity: 'error' });
    expect(error.message).toBe(
      [
        `${file}:3:24: error:`,
        "    use of undeclared identifier 'missing'",
        '  |',
        '3 | int bad(void) { return missing + 1; }',
        '  |                        ^',
      ].join('\n'),
    );
  });

  ours('of the linker says what is missing', async () => {
    const source =
      'module M where\nforeign import ccall "nobody" f :: Int\nforeign export javascript "f" f :: Int\n';
    const error = await failure(() => engine.compile({ source }));
    expect(error.diagnostics).toHaveLength(1);
    expect(error.diagnostics[0]).toMatchObject({ file: null, line: null, severity: 'error' });
    expect(error.message).toMatch(/undefined symbol: nobody/);
    expect(error.message).toMatch(/add the C file that does to `ghcOptions`/);
  });
});

describe('a compiler that prints text, as those before GHC 9.10 do', () => {
  const PLAIN = `for each in "$@"; do
  shift
  [ "$each" = -fdiagnostics-as-json ] || set -- "$@" "$each"
done
exec "$GHC" "$@"`;

  ours('gives the same diagnostics', async () => {
    const toolchain = await standIn(PLAIN);
    for (const source of Object.values(SOURCES)) {
      const file = path.join(project({ 'M.hs': source }), 'M.hs');
      const [old, now] = [
        await failure(() => engine.compile(file, { toolchain })),
        await failure(() => engine.compile(file)),
      ];
      expect(old).toBeInstanceOf(engine.CompileError);
      expect(old.diagnostics).toHaveLength(now.diagnostics.length);
      for (const [at, { line, column, code, severity }] of now.diagnostics.entries()) {
        expect(old.diagnostics[at]).toMatchObject({ file, line, column, code, severity });
      }
      expect(old.message).toBe(now.message);
    }
  });
});
