'use strict';
// The pages that show a project: their files, which begin with their names, are one, and do what the page says.

const fs = require('node:fs');
const path = require('node:path');
const { ours } = require('./support');
const { nodeIn } = require('./support/process');
const { userProject } = require('./support/user-project');

const NAMED = /^```\w+\n(?:\/\/|--) ([\w.]+)\n([\s\S]*?)^```$/gm;
const MANIFEST = /^```json\n([\s\S]*?)^```$/m;

/** The project that a page shows. */
function shown(page, dependencies) {
  const text = fs.readFileSync(path.join(__dirname, '..', 'docs', page), 'utf8');
  const files = Object.fromEntries([...text.matchAll(NAMED)].map(([, name, body]) => [name, body]));
  return userProject({ 'package.json': MANIFEST.exec(text)[1], ...files }, dependencies);
}

ours('docs/jest.md', async () => {
  const { folder } = shown('jest.md', []);
  const { code, stderr } = await nodeIn(folder, require.resolve('jest/bin/jest'), '--no-color');
  expect(stderr).toMatch(/^Tests: +3 passed, 3 total$/m);
  expect(code).toBe(0);
});

ours('docs/import.md', async () => {
  const { folder, at } = shown('import.md', ['unplugin', 'vite']);
  const expected = { code: 0, stdout: '6765\n', stderr: '' };
  expect(await nodeIn(folder, '--import', 'hs-wasm/register', 'app.mjs')).toEqual(expected);
  expect(await nodeIn(folder, 'node_modules/vite/bin/vite.js', 'build')).toMatchObject({ code: 0 });
  expect(fs.readdirSync(at('dist/assets')).filter((name) => name.endsWith('.wasm'))).toHaveLength(1);
});
