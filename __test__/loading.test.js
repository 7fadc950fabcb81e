'use strict';
// Loading the package: from CommonJS, from ES modules, twice, and without a word on the way.

const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { engine, fixture, ours } = require('./support');
const { node } = require('./support/process');

const root = path.join(__dirname, '..');
const main = JSON.stringify(pathToFileURL(path.join(root, 'index.js')).href);
const hello = JSON.stringify(fixture('guide-exports'));

const use = `
  const { exports, dispose } = await instantiate(${hello});
  console.log(await exports.my_fib(10));
  await dispose();
`;
const expected = { code: 0, stdout: '55\n', stderr: '' };

describe('the package', () => {
  ours('loads with require()', async () => {
    const code = `const { instantiate } = require(${JSON.stringify(root)}); (async () => {${use}})();`;
    expect(await node('-e', code)).toEqual(expected);
  });

  ours('loads with import, by name and as default', async () => {
    const named = `import { instantiate } from ${main}; ${use}`;
    expect(await node('--input-type=module', '-e', named)).toEqual(expected);
    const whole = `import hsWasm from ${main}; const { instantiate } = hsWasm; ${use}`;
    expect(await node('--input-type=module', '-e', whole)).toEqual(expected);
  });

  ours('is the same for require() and import', async () => {
    const code = `
      import { createRequire } from 'node:module';
      import * as imported from ${main};
      const required = createRequire(${main})('.');
      const names = Object.keys(required);
      console.log(names.length > 10 && names.every((name) => imported[name] === required[name]));
    `;
    expect(await node('--input-type=module', '-e', code)).toEqual({ code: 0, stdout: 'true\n', stderr: '' });
  });

  ours('exports its functions, its classes and its errors', () => {
    const { compile, load, instantiate, run, postLink, toolchain, Module, Instance, ...errors } = engine;
    for (const f of [compile, load, instantiate, run, postLink, Module, Instance]) {
      expect(f).toBeInstanceOf(Function);
    }
    expect(toolchain).toMatchObject({ find: expect.any(Function), install: expect.any(Function) });
    const names = [
      'ClosedError',
      'CompileError',
      'ExitError',
      'LimitError',
      'LinkError',
      'ToolchainError',
      'TrapError',
    ];
    for (const name of names) {
      expect(errors[name].prototype).toBeInstanceOf(errors.HsWasmError);
      expect(errors[name].name).toBe(name);
    }
    expect(errors.HsWasmError.prototype).toBeInstanceOf(Error);
  });

  ours('may be loaded again in the same process', async () => {
    let again;
    jest.isolateModules(() => {
      again = require('..');
    });
    expect(again).not.toBe(engine);
    const [one, other] = await Promise.all([engine, again].map((each) => each.instantiate(fixture('state'))));
    expect([await one.exports.add(1), await other.exports.add(2)]).toEqual([1, 2]);
    await Promise.all([one.dispose(), other.dispose()]);
  });
});
