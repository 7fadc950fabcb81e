'use strict';
// The programs of the documentation: every JavaScript block is run beside the page's Haskell modules, and prints what
// its comments say, `// text` after a console.log or lines of comments at its end.

const fs = require('node:fs');
const path = require('node:path');
const { onReference } = require('./support');
const { blocks } = require('./support/pages');
const { nodeIn } = require('./support/process');
const { write } = require('./support/tree');

const root = path.join(__dirname, '..');
const pages = [
  'compiling.md',
  'execution.md',
  'for-haskellers.md',
  'for-node.md',
  'haskell-library.md',
  'jsffi.md',
  'observability.md',
  'serverless.md',
  'toolchain.md',
  'tutorial.md',
  'types.md',
  'wasi.md',
];

/** What a program says that it prints. */
function promised(body) {
  const lines = body.trimEnd().split('\n');
  const beside = lines.map((line) => /console\.log\(.*\); \/\/ (.*)$/.exec(line)?.[1]);
  const code = lines.findLastIndex((line) => !line.startsWith('// '));
  const below = lines.slice(code + 1).map((line) => line.slice(3));
  return [...beside.filter((line) => line !== undefined), ...below];
}

/**
 * A folder with the page's complete Haskell modules, and the files that say their path in a comment,
 * in which `hs-wasm` can be imported.
 */
function folderOf(page) {
  const folder = path.join(root, 'target', 'docs', page);
  const modules = path.join(folder, 'node_modules');
  fs.mkdirSync(modules, { recursive: true });
  if (!fs.existsSync(path.join(modules, 'hs-wasm')))
    fs.symlinkSync(root, path.join(modules, 'hs-wasm'), 'dir');
  for (const { body } of ['haskell', 'c', 'cabal'].flatMap((language) => blocks(page, language))) {
    const [, ofC, said] = /^(?:\/\* (\S+) \*\/|-- (\S+\.(?:hs|cabal)))$/m.exec(body) ?? [];
    const [, name] = /^module ([\w.]+)/m.exec(body) ?? [];
    const file = ofC ?? said ?? (name && `${name}.hs`);
    if (file) write(folder, { [file]: body });
  }
  return folder;
}

(onReference ? describe.skip : describe).each(pages)('docs/%s', (page) => {
  const folder = folderOf(page);
  const programs = blocks(page, 'js');

  test('has programs, and Haskell for them', () => {
    expect(programs.length).toBeGreaterThan(0);
    expect(blocks(page, 'haskell').every(({ body }) => /^module \w+ where$/m.test(body))).toBe(true);
  });

  test.each(programs.map(({ heading, body }, at) => [heading, body, at]))('%s', async (_, body, at) => {
    const file = path.join(folder, `program-${at}.mjs`);
    fs.writeFileSync(file, body);
    const stdout = promised(body).map((line) => `${line}\n`);
    expect(await nodeIn(folder, file)).toEqual({ code: 0, stdout: stdout.join(''), stderr: '' });
  });
});
