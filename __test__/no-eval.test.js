'use strict';
// Where making functions from text is forbidden: a glue made at build time has the snippets, and what crosses is
// converted as everywhere else.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { engine, failure, fixture, instance, ours } = require('./support');
const { assemble } = require('./support/guests');
const { node } = require('./support/process');

const { LinkError } = engine;
const FORBIDDEN = '--disallow-code-generation-from-strings';
const root = path.join(__dirname, '..');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-no-eval-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** Writes a file into the folder and gives its path. */
function file(name, content) {
  const place = path.join(folder, name);
  fs.mkdirSync(path.dirname(place), { recursive: true });
  fs.writeFileSync(place, content);
  return place;
}

/** `wasm` and its glue as files. */
async function glued(name, wasm, ...options) {
  const input = file(`${name}.wasm`, wasm);
  const glue = path.join(folder, name);
  const cli = path.join(root, 'bin', 'hs-wasm.js');
  const made = await node(cli, 'post-link', '--no-eval', '-i', input, '-o', glue, ...options);
  expect(made).toEqual({ code: 0, stdout: '', stderr: '' });
  return { wasm: input, glue };
}

const names = '(import "ghc_wasm_jsffi" "f" (func $f (param i32) (result i32)))';
const guest = (body) =>
  assemble(`(module ${names} ;; ($1) => ${body}
    (memory (export "memory") 1)
    (func (export "twice") (param i32) (result i32) (call $f (call $f (local.get 0)))))`);

const fresh = (glue) => {
  jest.resetModules();
  return require(glue);
};

describe('a glue', () => {
  const run = `
    import { createRequire } from 'node:module';
    import { instantiate } from ${JSON.stringify(pathToFileURL(path.join(root, 'index.js')).href)};
    const require = createRequire(import.meta.url);
  `;
  const script = (code) => node(FORBIDDEN, '--input-type=module', '-e', run + code);

  ours.each([
    ['x.mjs', undefined, (glue) => `await import(${glue})`],
    ['default.mjs', undefined, (glue) => `(await import(${glue})).default`],
    ['x.cjs', undefined, (glue) => `require(${glue})`],
    ['imported.cjs', undefined, (glue) => `await import(${glue})`],
    ['plain/x.js', {}, (glue) => `require(${glue})`],
    ['module/x.js', { type: 'module' }, (glue) => `await import(${glue})`],
  ])('is what Node takes %s for', async (name, manifest, load) => {
    if (manifest) file(path.join(path.dirname(name), 'package.json'), JSON.stringify(manifest));
    const { wasm, glue } = await glued(name, await guest('$1 + 1'));
    const code = `
      const glue = ${load(JSON.stringify(glue))};
      const { exports } = await instantiate(${JSON.stringify(wasm)}, { glue });
      console.log(exports.twice(40));`;
    expect(await script(code)).toEqual({ code: 0, stdout: '42\n', stderr: '' });
  });

  ours('makes a Haskell module run, promises, callbacks and all', async () => {
    const { wasm } = await engine.compile(fixture('callbacks'));
    const { glue, wasm: input } = await glued('callbacks.mjs', wasm);
    const code = `
      const glue = await import(${JSON.stringify(glue)});
      const { exports } = await instantiate(${JSON.stringify(input)}, { glue });
      console.log(await exports.squares([1, 2, 3]));`;
    expect(await script(code)).toEqual({ code: 0, stdout: '[ 1, 4, 9 ]\n', stderr: '' });
  });

  ours('is for where it is not forbidden, too', async () => {
    const { wasm, glue } = await glued('allowed.cjs', await guest('$1 * 2'));
    const { exports, dispose } = await engine.instantiate(wasm, { glue: fresh(glue) });
    expect(exports.twice(3)).toBe(12);
    dispose();
  });

  ours('imports relative to itself', async () => {
    const { wasm } = await engine.compile(fixture('import-module'));
    const { glue, wasm: input } = await glued('relative.mjs', wasm);
    file('beside.mjs', 'export default "beside the glue"');
    const code = `
      const glue = await import(${JSON.stringify(glue)});
      const { exports } = await instantiate(${JSON.stringify(input)}, { glue });
      console.log((await exports.importModule('./beside.mjs')).default);`;
    expect(await script(code)).toEqual({ code: 0, stdout: 'beside the glue\n', stderr: '' });
  });

  ours('hands on the names that it was told of, and only these', async () => {
    const wasm = await guest('host.add($1, more)');
    const { glue } = await glued('names.cjs', wasm, '--imports', 'host,more');
    const made = fresh(glue);
    const host = { add: (a, b) => a + b };
    const { exports, dispose } = await engine.instantiate(wasm, { glue: made, imports: { more: 5, host } });
    expect(exports.twice(1)).toBe(11);
    dispose();
    for (const [imports, message] of [
      [{ host }, /lacks more\. .*--imports host,/],
      [{ host, more: 1, less: 2 }, /has less, which it was not told of/],
      [undefined, /lacks host, more/],
    ]) {
      const error = await failure(() => engine.instantiate(wasm, { glue: made, imports }));
      expect(error).toBeInstanceOf(LinkError);
      expect(error).toMatchObject({ code: 'ERR_HS_GLUE', message: expect.stringMatching(message) });
    }
  });

  ours('of another module is refused', async () => {
    const { glue } = await glued('other.cjs', await guest('$1 + 1'));
    const error = await failure(async () => engine.instantiate(await guest('$1 + 2'), { glue: fresh(glue) }));
    expect(error).toBeInstanceOf(LinkError);
    expect(error).toMatchObject({
      code: 'ERR_HS_GLUE',
      message: expect.stringMatching(/made for another module/),
    });
  });

  ours('of another version is refused', async () => {
    const wasm = await guest('$1');
    const { glue } = await glued('version.cjs', wasm);
    const error = await failure(() => engine.instantiate(wasm, { glue: { ...fresh(glue), format: 99 } }));
    expect(error).toMatchObject({
      code: 'ERR_HS_GLUE',
      message: expect.stringMatching(/another version of hs-wasm/),
    });
  });

  ours('that is none is refused', async () => {
    const refused = (glue) => failure(() => instance('state', { glue }));
    expect(await refused({ default: () => ({}) })).toMatchObject({
      code: 'ERR_INVALID_ARG_VALUE',
      message: expect.stringMatching(/make one with --no-eval/),
    });
    for (const value of ['glue.mjs', {}, Promise.resolve({}), null]) {
      expect(await refused(value)).toMatchObject({
        code: 'ERR_INVALID_ARG_TYPE',
        message: expect.stringMatching(/^instantiate\.options\.glue: must be what a file made by/),
      });
    }
  });

  ours('goes without baseUrl', async () => {
    const glue = { format: 1, hash: '', imports: [], snippets: () => ({}) };
    const error = await failure(() => instance('state', { glue, baseUrl: __filename }));
    expect(error).toMatchObject({
      code: 'ERR_INVALID_ARG_VALUE',
      message: expect.stringMatching(/baseUrl: has no effect with glue/),
    });
  });

  ours('cannot be made of wrong JavaScript', async () => {
    const input = file('wrong.wasm', await guest('with ($1) { x }'));
    const output = path.join(folder, 'wrong.mjs');
    const args = ['post-link', '--no-eval', '-i', input, '-o', output];
    for (const flags of [[], [FORBIDDEN]]) {
      expect(await node(...flags, path.join(root, 'bin', 'hs-wasm.js'), ...args)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/strict mode.*\(\$1\) => with \(\$1\)/),
      });
    }
    expect(fs.existsSync(output)).toBe(false);
  });
});

describe('without generated functions', () => {
  ours.each(['types-exports', 'types-sync-imports', 'types-async-imports', 'strings', 'js-exceptions'])(
    'the fixture %s does the same',
    async (name) => {
      const { wasm } = await engine.compile(fixture(name));
      const { glue, wasm: input } = await glued(`${name}.mjs`, wasm);
      const runner = path.join(__dirname, 'support', 'glue-runs.mjs');
      const [generated, closed] = await Promise.all(
        [[], [FORBIDDEN]].map((flags) => node(...flags, runner, input, glue)),
      );
      expect(generated).toMatchObject({ code: 0, stdout: expect.stringContaining('\n') });
      expect(closed).toEqual(generated);
    },
  );
});
