'use strict';
// `hs-wasm init`: the project that it makes, as it is.

const fs = require('node:fs');
const path = require('node:path');
const { ours } = require('./support');
const { nodeIn } = require('./support/process');
const { folder, project } = require('./support/project');
const { program } = require('./support/typescript');
const { link } = require('./support/user-project');

const init = (where, ...args) => nodeIn(where, program, 'init', ...args);

/** Runs a script of the project's package.json as npm does, without npm's own start. */
function script(where, name) {
  const { scripts } = JSON.parse(fs.readFileSync(path.join(where, 'package.json'), 'utf8'));
  const [command, ...args] = scripts[name].split(' ');
  const manifest = path.join(where, 'node_modules', command, 'package.json');
  const { bin } = JSON.parse(fs.readFileSync(manifest, 'utf8'));
  const file = typeof bin === 'string' ? bin : bin[command];
  return nodeIn(where, path.join(path.dirname(fs.realpathSync(manifest)), file), ...args);
}

describe('hs-wasm init', () => {
  ours('makes a project whose tests pass', async () => {
    const root = folder();
    const { code, stdout } = await init(root, 'my-lib');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^my-lib: .*\n\nNext:\n {2}cd my-lib\n {2}npm install\n {2}npm test\n$/);
    const made = path.join(root, 'my-lib');
    expect(fs.readdirSync(made, { recursive: true }).sort()).toMatchSnapshot();
    const texts = fs
      .readdirSync(made, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile());
    for (const { parentPath, name } of texts) {
      expect(fs.readFileSync(path.join(parentPath, name), 'utf8')).not.toMatch(/\{\{|undefined/);
    }
    link(made, ['jest']);
    const outcome = await script(made, 'test');
    expect(outcome.stderr).toMatch(/^Tests: +2 passed, 2 total$/m);
    expect(outcome.code).toBe(0);
  });

  ours('makes the types that its scripts promise', async () => {
    const root = folder();
    await init(root, 'my-lib');
    link(path.join(root, 'my-lib'), []);
    expect(await script(path.join(root, 'my-lib'), 'types')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^src\/MyLib\.d\.hs\.ts: fib, greet$/m),
    });
  });

  ours('names package and module after the folder, or as told', async () => {
    const root = project({ '.git/HEAD': '' });
    const told = await init(root, 'Some Folder', '--name', '@me/prelude', '--json');
    expect(JSON.parse(told.stdout)).toMatchObject({
      folder: 'Some Folder',
      name: '@me/prelude',
      module: 'PreludeLib',
      files: expect.arrayContaining(['.gitignore', 'package.json', 'src/PreludeLib.hs']),
    });
    const here = project({ '.git/HEAD': '' });
    expect(await init(here, '.', '--name', 'a.b_c')).toMatchObject({ code: 0 });
    expect(fs.readFileSync(path.join(here, 'src/ABC.hs'), 'utf8')).toContain('module ABC where');
  });

  ours.each([
    [[], 'init: expected the folder to make, found none'],
    [['full'], /init: \S*full is not empty \(a, b, c and 1 more\); name a folder that does not exist yet/],
    [['full/a'], /init: cannot make the folder \S*a: it is a file/],
    [['My Lib'], "init: 'My Lib' cannot be the name of a package: expected lower-case letters"],
    [['new', '--name', 'x-'], "init: 'x-' cannot be the name of a package"],
    [['new', '--name', 'x'.repeat(215)], 'cannot be the name of a package'],
    [['hs-wasm'], 'init: a package hs-wasm cannot depend on hs-wasm'],
  ])('refuses %j', async (args, message) => {
    const root = project({ 'full/a': '', 'full/b': '', 'full/c': '', 'full/d': '' });
    const { code, stdout, stderr } = await init(root, ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(fs.readdirSync(root)).toEqual(['full']);
  });
});
