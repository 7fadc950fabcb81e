'use strict';
// The TypeScript of docs/types.md: checked against the declaration file of the page's Haskell.

const { ours } = require('./support');
const { blocks } = require('./support/pages');
const { nodeIn } = require('./support/process');
const { program, tsc, TSCONFIG } = require('./support/typescript');
const { userProject } = require('./support/user-project');

ours('docs/types.md', async () => {
  const [haskell] = blocks('types.md', 'haskell');
  const [typescript] = blocks('types.md', 'ts');
  const [command] = blocks('types.md', 'sh');
  const files = { 'Shop.hs': haskell.body, 'shop.mts': typescript.body, 'tsconfig.json': TSCONFIG };
  const { folder } = userProject(files);
  const [, ...args] = command.body.trim().split(' ');
  expect(await nodeIn(folder, program, ...args)).toMatchObject({ code: 0 });
  expect(await nodeIn(folder, tsc, '--pretty', 'false')).toEqual({ code: 0, stdout: '', stderr: '' });
});
