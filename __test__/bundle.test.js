'use strict';
// `hs-wasm bundle`, run where nothing else is; `module.precompile()` and `codeDir`.

const fs = require('node:fs');
const path = require('node:path');
const { compile, instantiate } = require('..');
const { failure, ours } = require('./support');
const { fixture } = require('./support/fixtures');
const { nodeIn } = require('./support/process');
const { folder, project } = require('./support/project');
const { program, tsc, TSCONFIG } = require('./support/typescript');

const bundle = (where, ...args) => nodeIn(where, program, 'bundle', ...args);

/** Without compiler, cache folder and packages but those of the bundle. */
const bare = (where) => ({ cwd: where, env: { PATH: '', HS_WASM_CACHE: path.join(where, 'cache') } });

describe('hs-wasm bundle', () => {
  ours('makes a folder that runs by itself and writes nothing', async () => {
    const where = project({
      'handler.mjs': `import { compute, instance, instantiate } from './index.mjs';
        console.log(await compute(1), await instance.exports.compute(1));
        const { exports, dispose } = await instantiate({ timeoutMs: 60_000 });
        console.log(await exports.sumTo(3));
        dispose();`,
    });
    const outcome = await bundle(
      where,
      fixture('computing'),
      '-o',
      'out',
      '--include',
      'handler.mjs',
      '--json',
    );
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    const { files } = JSON.parse(outcome.stdout);
    expect(files).toEqual(
      expect.arrayContaining(['index.mjs', 'index.d.mts', 'main.wasm', 'handler.mjs', 'package.json']),
    );
    expect(fs.readdirSync(where).sort()).toEqual(['handler.mjs', 'out']);
    const moved = path.join(folder(), 'moved');
    fs.cpSync(path.join(where, 'out'), moved, { recursive: true });
    const before = fs.readdirSync(moved, { recursive: true }).sort();
    expect(await nodeIn(bare(moved), 'handler.mjs')).toEqual({
      code: 0,
      stdout: '1015568748 1015568748\n6\n',
      stderr: '',
    });
    expect(fs.readdirSync(moved, { recursive: true }).sort()).toEqual(before);
  });

  ours('says what a picture of the heap needs, which it does not hold', async () => {
    const where = project({
      'draw.mjs': `import { load } from 'hs-wasm';
        const module = await load('out/main.wasm', { cache: false, codeDir: 'out' });
        const error = await module.profile(({ exports }) => exports.sumTo(3_000_000), { heap: true, heapIntervalMs: 1 }).catch((e) => e);
        console.log(error.code, error.message, error.cause?.code);`,
    });
    await bundle(where, fixture('computing'), '-o', 'out', '--include', 'draw.mjs');
    const { stdout, stderr } = await nodeIn(bare(where), 'out/draw.mjs');
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^ERR_HS_UNSUPPORTED .*`npm install d3-shape d3-scale`.* ERR_MODULE_NOT_FOUND\n$/);
  });

  ours('carries V8’s code of this package along, which a Node with other flags does without', async () => {
    const where = folder();
    await bundle(where, fixture('computing'), '-o', 'out');
    const text = `import { createRequire } from 'node:module';
      import { compute } from './index.mjs';
      const { loaded } = createRequire(import.meta.url)('./node_modules/hs-wasm/lib/kept-code.js');
      const { files, values } = loaded();
      console.log(await compute(1), files.isKept, values.isKept, Object.keys(values.value).length > 5);`;
    fs.writeFileSync(path.join(where, 'out', 'x.mjs'), text);
    const of = (...flags) => nodeIn(bare(path.join(where, 'out')), ...flags, 'x.mjs');
    expect(await of()).toEqual({ code: 0, stdout: '1015568748 true true true\n', stderr: '' });
    const other = await of('--no-opt');
    expect(other).toEqual({ code: 0, stdout: '1015568748 false false true\n', stderr: '' });
    const { stdout } = await nodeIn(
      { ...bare(path.join(where, 'out')), env: { JEST_WORKER_ID: '1' } },
      '--input-type=module',
      '-e',
      "import { compute } from './index.mjs'; console.log(await compute(1))",
    );
    expect(stdout).toBe('1015568748\n');
  });

  ours('makes a zip file with the same', async () => {
    const where = folder();
    const { code, stdout } = await bundle(where, fixture('computing'), '-o', 'out.zip');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^out\.zip: \d+ files, \d+ MB\n$/),
    });
    const { unzipSync } = require('fflate');
    const files = unzipSync(fs.readFileSync(path.join(where, 'out.zip')));
    for (const [file, content] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(where, file)), { recursive: true });
      fs.writeFileSync(path.join(where, file), content);
    }
    fs.writeFileSync(
      path.join(where, 'x.mjs'),
      `import { compute } from './index.mjs'; console.log(await compute(1));`,
    );
    expect(await nodeIn(bare(where), 'x.mjs')).toMatchObject({ code: 0, stdout: '1015568748\n' });
  });

  ours('has types, by which a wrong use is an error', async () => {
    const where = folder();
    await bundle(where, fixture('typed'), '-o', 'out');
    const { exports: known } = await compile(fixture('typed'));
    fs.writeFileSync(
      path.join(where, 'out', 'use.mts'),
      `import { instance, instantiate, ${known[0].name} as first } from './index.mjs';
       first satisfies Function;
       instance.dispose() satisfies void;
       // @ts-expect-error there is no such option
       instantiate({ timeout: 1 });`,
    );
    fs.writeFileSync(path.join(where, 'out', 'tsconfig.json'), TSCONFIG);
    expect(await nodeIn(path.join(where, 'out'), tsc, '-p', '.')).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });

  ours('runs a program', async () => {
    const where = folder();
    await bundle(where, fixture('command'), '-o', 'out', '--cpu', 'this');
    fs.writeFileSync(
      path.join(where, 'out', 'x.mjs'),
      `import { run } from './index.mjs'; console.log((await run({ args: ['arguments', 'a b'] })).stdout.trim());`,
    );
    expect(await nodeIn(bare(path.join(where, 'out')), 'x.mjs')).toMatchObject({
      code: 0,
      stdout: '["a b"]\n',
    });
  });

  test.each([
    [['x.hs'], /-o <folder \| file\.zip> is needed/],
    [['x.hs', '-o', '.'], /\. is there already/],
    [['x.hs', '-o', 'out', '--cpu', 'old'], /--cpu takes any or this, found 'old'/],
    [['-o', 'out'], /expected one file or folder, found none/],
  ])('%j is wrong usage', async (args, message) => {
    expect(await bundle(folder(), ...args)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(message),
    });
  });

  ours('refuses a program that uses JavaScript, and says what to do', async () => {
    const where = folder();
    const outcome = await bundle(where, fixture('main-with-jsffi'), '-o', 'out');
    expect(outcome).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/export its work as a function/),
    });
    expect(fs.readdirSync(where)).toEqual([]);
  });
});

describe('machine code that goes along', () => {
  ours('lets its module and others be loaded: which it is for is in its name', async () => {
    const dir = path.join(folder(), 'code');
    const module = await compile(fixture('computing'));
    const files = [await module.precompile({ dir }), await module.precompile({ dir, cpu: 'this' })];
    expect(new Set(files).size).toBe(2);
    expect(fs.readdirSync(dir).sort()).toEqual(files.map((file) => path.basename(file)).sort());
    for (const name of ['computing', 'state']) {
      const { wasm } = await compile(fixture(name));
      const instance = await instantiate(wasm, { codeDir: dir, cache: false });
      expect(await instance.exports[name === 'state' ? 'add' : 'compute'](1)).toBe(
        name === 'state' ? 1 : 1_015_568_748,
      );
      instance.dispose();
    }
  });

  ours('is not written where that cannot be', async () => {
    const file = project({ taken: '' });
    const module = await compile(fixture('computing'));
    const error = await failure(() => module.precompile({ dir: path.join(file, 'taken') }));
    expect(error).toMatchObject({ code: 'ERR_HS_IO', message: expect.stringContaining('taken') });
    expect(await failure(() => module.precompile({}))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
  });
});
