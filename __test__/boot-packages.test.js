'use strict';
// The libraries that come with the compiler.

const fs = require('node:fs');
const path = require('node:path');
const { execFileSync } = require('node:child_process');
const { run, toolchain } = require('..');
const { fixture, ours } = require('./support');

jest.setTimeout(120_000);

ours('a program can use every package that GHC brings along', async () => {
  const { stdout, stderr, exitCode } = await run(fixture('boot-packages'));
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  const version = (await toolchain.find()).version;
  expect(stdout.split('\n')).toEqual([
    '(Left user error (exceptions),"stm",[1,2,3],["Just"],False)',
    '(2,"transformers",\'r\')',
    '(\'b\',"bytes",fromList [(\'m\',())],"text",2024-02-29)',
    '(\'s\',Just "1.2","ab","prim")',
    `(6,105,True,3,"wasm32","${version}")`,
    '("th",2,256,["process"])',
    '(["sem"],Right "pp","pretty")',
    '("<br />",1:2-3:4)',
    '',
  ]);
});

ours('the compiler has every package of the list that ours is made by', async () => {
  const command = path.join(await toolchain.path(), 'wasm32-wasi-ghc-pkg');
  const packages = execFileSync(command, ['list', '--names-only', '--simple-output'], { encoding: 'utf8' });
  const list = fs.readFileSync(path.join(__dirname, '..', 'toolchain', 'libraries.list'), 'utf8');
  const names = [...list.matchAll(/^([\w-]+) /gm)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(30);
  expect(packages.trim().split(' ')).toEqual(expect.arrayContaining([...names, 'rts']));
});
