'use strict';
// The option baseUrl: `import()` in snippets is relative to a file of the user's, as if it were written there.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { engine, failure, fixture, instance, ours } = require('./support');
const { assemble } = require('./support/guests');
const { node } = require('./support/process');

const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'hs-wasm-base-url-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

for (const [name, content] of Object.entries({
  'app/main.mjs': '',
  'app/beside.mjs': 'export default "beside"; export const url = import.meta.url;',
  'app/plain.cjs': 'module.exports = "CommonJS"',
  'app/data.json': '{ "kind": "JSON" }',
  'app/sub/inner.mjs': 'export default "inner"',
  'above.mjs': 'export default "above"',
  'app/throws.mjs': 'throw new RangeError("while loading")',
  'node_modules/only-esm/package.json': '{ "type": "module", "exports": { "import": "./it.js" } }',
  'node_modules/only-esm/it.js': 'export default "a package"',
})) {
  fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  fs.writeFileSync(path.join(folder, name), content);
}
const main = path.join(folder, 'app', 'main.mjs');
const url = pathToFileURL(main).href;

/** The function that Haskell would import with the JavaScript `body`. */
async function snippet(body, options = { baseUrl: url }, binder = 'async ($1)') {
  const wasm = await assemble(`(module
    (import "ghc_wasm_jsffi" "f" (func $f (param externref) (result externref))) ;; ${binder} => ${body}
    (memory (export "memory") 1)
    (func (export "f") (param externref) (result externref) (call $f (local.get 0))))`);
  const { exports } = await engine.instantiate(wasm, options);
  return exports.f;
}

describe('a specifier', () => {
  ours.each([
    ['./beside.mjs', 'beside'],
    ['../above.mjs', 'above'],
    ['./sub/../beside.mjs?query', 'beside'],
    ['./plain.cjs', 'CommonJS'],
    [path.join(folder, 'above.mjs'), 'above'],
    [pathToFileURL(path.join(folder, 'above.mjs')).href, 'above'],
    ['only-esm', 'a package'],
    ['data:text/javascript,export default "data"', 'data'],
    ['node:path', path],
    ['path', path],
  ])('%s is found', async (specifier, expected) => {
    const load = await snippet('import($1)');
    expect((await load(specifier)).default).toBe(expected);
  });

  ours.each([
    ['./missing.mjs', /Cannot find module .*missing\.mjs/],
    ['no-such-package', /Cannot find package 'no-such-package' imported from .*main\.mjs/],
    ['./throws.mjs', /while loading/],
    [Symbol('s'), /Cannot convert a Symbol/],
  ])('%p that cannot be loaded rejects', async (specifier, message) => {
    const load = await snippet('import($1)');
    expect((await failure(() => load(specifier))).message).toMatch(message);
  });

  ours('may be any value that is a string to JavaScript', async () => {
    const load = await snippet('import($1)');
    expect((await load({ toString: () => './beside.mjs' })).default).toBe('beside');
  });

  ours('may come with attributes', async () => {
    const load = await snippet('import($1, { with: { type: "json" } })');
    expect((await load('./data.json')).default).toEqual({ kind: 'JSON' });
  });
});

describe('what is rewritten', () => {
  ours.each([
    ['an import in an import', '(await import((await import("./beside.mjs")).url)).default', 'beside'],
    [
      'statements and comments',
      'const m = await /* import("x") */ import /* y */ ("./beside.mjs"); return m.default // import',
      undefined,
    ],
    [
      'several',
      '(await Promise.all([import("./beside.mjs"), import("../above.mjs")])).map((m) => m.default).join()',
      'beside,above',
    ],
    ['in templates', '`${(await import("./beside.mjs")).default} import("x")`', 'beside import("x")'],
    ['no strings', '"import(x) " + /import\\(/.source', 'import(x) import\\('],
    ['no properties', '({ import: (x) => x }).import("a property")', 'a property'],
    ['in functions', '(async () => (await import("./sub/inner.mjs")).default)()', 'inner'],
    ['statements', 'const { default: it } = await import("./beside.mjs"); return it;', 'beside'],
  ])('%s', async (_, body, expected) => {
    if (expected === undefined) {
      // A comment at the end swallows the bracket, as with GHC's post-link.mjs.
      expect(await failure(() => snippet(body))).toMatchObject({ code: 'ERR_HS_SNIPPET' });
    } else {
      expect(await (await snippet(body))()).toBe(expected);
    }
  });

  ours('a failing import does not throw in a sync snippet', async () => {
    const load = await snippet('import($1).catch((error) => error.code)', undefined, '($1)');
    expect(await load('./missing.mjs')).toBe('ERR_MODULE_NOT_FOUND');
  });

  ours('snippets see the globals of here, and the names given', async () => {
    globalThis.onlyHere = 'a global of this realm';
    const see = await snippet('[onlyHere, name, await import("./beside.mjs")].slice(0, 2).join()', {
      baseUrl: url,
      imports: { name: 'given' },
    });
    expect(await see()).toBe('a global of this realm,given');
    delete globalThis.onlyHere;
  });
});

describe('the option', () => {
  ours.each([
    ['a URL as text', url],
    ['a URL', new URL(url)],
    ['a path', main],
    ['a folder', `${path.dirname(url)}/`],
    ["a folder's path", path.dirname(main) + path.sep],
  ])('is %s', async (_, baseUrl) => {
    const load = await snippet('import($1)', { baseUrl });
    expect((await load('./beside.mjs')).default).toBe('beside');
  });

  ours('is for each instance', async () => {
    const wasm = await engine.compile(fixture('import-module'));
    const loads = await Promise.all(
      [url, pathToFileURL(path.join(folder, 'app', 'sub', 'x.mjs'))].map(async (baseUrl) => {
        const { exports } = await wasm.instantiate({ baseUrl });
        return exports.importModule;
      }),
    );
    const [there, below] = await Promise.all([loads[0]('./sub/inner.mjs'), loads[1]('./inner.mjs')]);
    expect(there).toBe(below);
  });

  ours.each([
    ['https://example.org/', 'ERR_INVALID_ARG_VALUE'],
    ['data:text/javascript,', 'ERR_INVALID_ARG_VALUE'],
    ['relative.mjs', 'ERR_INVALID_ARG_VALUE'],
    ['', 'ERR_INVALID_ARG_VALUE'],
    [5, 'ERR_INVALID_ARG_TYPE'],
    [{}, 'ERR_INVALID_ARG_TYPE'],
  ])('is not %p', async (baseUrl, code) => {
    expect(await failure(() => instance('state', { baseUrl }))).toMatchObject({
      code,
      message: expect.stringMatching(/^instantiate\.options\.baseUrl: /),
    });
  });

  ours('is import.meta.url in a module', async () => {
    const index = JSON.stringify(pathToFileURL(path.join(__dirname, '..', 'index.js')).href);
    const wasm = path.join(folder, 'beside.wasm');
    const bytes = await assemble(`(module
      (import "ghc_wasm_jsffi" "f" (func $f (result externref))) ;; async () => (await import('./beside.mjs')).default
      (memory (export "memory") 1)
      (func (export "f") (result externref) (call $f)))`);
    fs.writeFileSync(wasm, bytes);
    const script = path.join(folder, 'app', 'user.mjs');
    fs.writeFileSync(
      script,
      `import { Worker, isMainThread } from 'node:worker_threads';
       import { instantiate } from ${index};
       const { exports } = await instantiate(${JSON.stringify(wasm)}, { baseUrl: import.meta.url });
       console.log(await exports.f());
       if (isMainThread) new Worker(new URL(import.meta.url));`,
    );
    expect(await node('--warnings', script)).toEqual({ code: 0, stdout: 'beside\nbeside\n', stderr: '' });
    const specifiers = ['../above.mjs', 'data:text/javascript,export default "data"', 'only-esm'];
    fs.writeFileSync(
      script,
      `import { compile } from ${index};
       const module = await compile(${JSON.stringify(fixture('import-module'))});
       const { exports } = await module.instantiate({ baseUrl: import.meta.url });
       for (const it of ${JSON.stringify(specifiers)}) console.log((await exports.importModule(it)).default);
       await exports.importModule('./missing.mjs').catch((error) => console.log(error.cause.code));`,
    );
    const stdout = 'above\ndata\na package\nERR_MODULE_NOT_FOUND\n';
    expect(await node(script)).toEqual({ code: 0, stdout, stderr: '' });
  });
});
