'use strict';
// postLink(wasm) and the command line's post-link: the text has the behaviour of what GHC's post-link.mjs writes.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const vm = require('node:vm');
const { engine, failure, fixture, fixtures, ours } = require('./support');
const { assemble } = require('./support/guests');
const { node } = require('./support/process');
const { build } = require('./support/reference-build');

const { LinkError } = engine;
const root = path.join(__dirname, '..');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-post-link-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const names = fixtures().filter((name) => {
  const source = fs.readFileSync(fixture(name), 'utf8');
  // Those with C sources are not compiled by their file alone.
  if (fs.existsSync(path.join(path.dirname(fixture(name)), 'cbits'))) return false;
  return !name.startsWith('bad-') && /foreign (import|export) javascript/.test(source);
});

/** The default export of a post-linked text, made in `context` or in this realm. */
function factory(text, context) {
  const async = /^const .* = await /m.test(text) ? 'async ' : '';
  const source = `(${async}() => { "use strict"; ${text.replace('\nexport default ', '\nreturn ')} })()`;
  return vm.runInContext(source, context ?? vm.createContext({ setImmediate, console, WebAssembly }));
}

const isRuntime = (key) => /JSVal$|^scheduleWork$/.test(key);

/** What can be seen of the functions of an import object. */
const faces = (imports) =>
  Object.entries(imports).map(([key, f]) => [key, f.length, f.name, isRuntime(key) ? '' : String(f)]);

describe.each(names)('for the fixture %s', (name) => {
  const linked = async () => {
    const { wasm } = await engine.compile(fixture(name));
    const { wasm: file, glue } = await build(Buffer.from(wasm));
    return { file, glue, text: engine.postLink(wasm) };
  };

  ours("the imports are those of GHC's", async () => {
    const { glue, text } = await linked();
    const theirs = (await factory(fs.readFileSync(glue, 'utf8')))({});
    expect(faces(factory(text)({}))).toEqual(faces(theirs));
  });

  ours('the module does the same on V8', async () => {
    const { file, glue, text } = await linked();
    const own = path.join(folder, `${name}.mjs`);
    fs.writeFileSync(own, text);
    const driver = path.join(path.dirname(fixture(name)), 'run.mjs');
    const more = fs.existsSync(driver) ? [driver] : [];
    const runner = path.join(__dirname, 'support', 'glue-runs.mjs');
    const [theirs, mine] = await Promise.all(
      [glue, own].map((each) => node('--expose-gc', runner, file, each, ...more)),
    );
    expect(theirs).toMatchObject({ code: 0, stdout: expect.stringContaining('\n') });
    expect(mine).toEqual(theirs);
  });
});

/** A module with one snippet: `wat` is its import and, as a comment, its JavaScript. */
const withSnippet = (wat) => assemble(`(module ${wat}\n (memory (export "memory") 1))`);
const plain = '(import "ghc_wasm_jsffi" "f" (func (param i32) (result i32))) ;; ($1) => $1 + 1';

describe('the import object', () => {
  const imports = async (context, exports = {}) =>
    factory(engine.postLink(await withSnippet(plain)), context)(exports);

  ours('keeps any value until it is freed, and no longer', async () => {
    const { newJSVal, getJSVal, freeJSVal } = await imports();
    const values = [undefined, null, 0, NaN, '', {}, () => 1, undefined];
    const keys = values.map(newJSVal);
    expect(new Set(keys).size).toBe(values.length);
    expect(keys.map(getJSVal)).toEqual(values);
    freeJSVal(keys[0]);
    expect(keys).not.toContain(newJSVal('another'));
    for (const call of [getJSVal, freeJSVal]) {
      const error = await failure(async () => call(keys[0]));
      expect(error).toBeInstanceOf(WebAssembly.RuntimeError);
      expect(error.message).toBe(`${call.name}(${keys[0]})`);
    }
  });

  ours.each([
    ['setImmediate', { setImmediate }],
    ['MessageChannel', { MessageChannel }],
    ['setTimeout', { setTimeout }],
  ])('schedules later with nothing but %s', async (_, globals) => {
    const loop = jest.fn();
    const context = vm.createContext(globals);
    const { scheduleWork } = await imports(context, { rts_schedulerLoop: loop });
    scheduleWork();
    scheduleWork();
    expect(loop).not.toHaveBeenCalled();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(loop).toHaveBeenCalledTimes(2);
  });

  ours('does without FinalizationRegistry', async () => {
    const snippet =
      '(import "ghc_wasm_jsffi" "f" (func)) ;; () => (r => [r.register({}, 1), r.unregister({})])(__ghc_wasm_jsffi_finalization_registry)';
    const text = engine.postLink(await withSnippet(snippet));
    const context = vm.createContext({ setImmediate });
    vm.runInContext('delete globalThis.FinalizationRegistry', context);
    expect([...factory(text, context)({}).f()]).toEqual([undefined, true]);
  });

  ours('shows its snippets no names but those that GHC shows', async () => {
    const snippet =
      '(import "ghc_wasm_jsffi" "f" (func)) ;; () => ["task", "waiting", "port1", "channel", "key"].filter((name) => { try { return eval(name), true } catch { return false } })';
    const { f } = factory(engine.postLink(await withSnippet(snippet)))({});
    expect([...f()]).toEqual([]);
  });
});

describe('a text that cannot be', () => {
  ours.each([
    ['neither expression nor statements', '$1 +', /neither an expression nor statements.*\$1 \+/],
    ['allowed only in sloppy mode', 'with ($1) { x }', /strict mode.*with \(\$1\)/],
    ['in pieces', '1), ($1) => (2', /strict mode/],
  ])('%s is refused with the snippet', async (_, body, message) => {
    const wasm = await withSnippet(
      `(import "ghc_wasm_jsffi" "f" (func (param i32) (result i32))) ;; ($1) => ${body}`,
    );
    for (const use of [() => engine.postLink(wasm), () => engine.instantiate(wasm)]) {
      const error = await failure(async () => use());
      expect(error).toBeInstanceOf(LinkError);
      expect(error).toMatchObject({ code: 'ERR_HS_SNIPPET', message: expect.stringMatching(message) });
    }
  });

  ours('made of no wasm is refused', () => {
    expect(() => engine.postLink(Buffer.from('x'))).toThrow(
      expect.objectContaining({ code: 'ERR_HS_INVALID_MODULE' }),
    );
    for (const value of ['main.wasm', undefined, {}]) {
      expect(() => engine.postLink(value)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }));
    }
  });
});

describe('hs-wasm post-link', () => {
  const cli = (...args) => node(path.join(root, 'bin', 'hs-wasm.js'), ...args);
  const input = path.join(folder, 'plain.wasm');
  const output = path.join(folder, 'plain.js');
  let wasm;
  beforeAll(async () => {
    wasm = await withSnippet(plain);
    fs.writeFileSync(input, wasm);
  });
  beforeEach(() => fs.rmSync(output, { force: true }));

  ours.each([
    ['-i', '-o'],
    ['--input', '--output'],
  ])('takes %s and %s', async (from, to) => {
    expect(await cli('post-link', from, input, to, output)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(fs.readFileSync(output, 'utf8')).toBe(engine.postLink(wasm));
  });

  ours('tells what it takes', async () => {
    const [one, other] = await Promise.all([cli('post-link', '--help'), cli('help', 'post-link')]);
    expect(one).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('-i, --input <file>') });
    expect(other).toEqual(one);
    expect(await cli('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('post-link') });
    const { version } = require('../package.json');
    expect(await cli('--version')).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  ours.each([
    [[], /a command is needed/],
    [['postlink'], /there is no command 'postlink'; did you mean 'post-link'\?/],
    [['help', 'xyzzy'], /there is no command 'xyzzy'; there are .*post-link/],
    [['post-link', '--inptu', 'x'], /Unknown option '--inptu'; did you mean '--input'\?/],
    [['post-link', '-o', 'x.js'], /--input is missing/],
    [['post-link', '-i', 'x.wasm'], /--output is missing/],
    [['post-link', '-i', 'x', '-o', 'y', '--imports', 'a'], /--imports is for --no-eval/],
    [
      ['post-link', '-i', 'x', '-o', 'y', '--no-eval', '--imports', 'a-b'],
      /--imports a-b: must be a valid name/,
    ],
    [['post-link', 'x.wasm'], /Unexpected argument 'x\.wasm'/],
  ])('%j is wrong usage', async (args, message) => {
    expect(await cli(...args)).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
  });

  ours('writes nothing when it fails', async () => {
    const missing = await cli('post-link', '-i', path.join(folder, 'none.wasm'), '-o', output);
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringMatching(/^hs-wasm: ENOENT.*none\.wasm/) });
    const wrong = await cli('post-link', '-i', __filename, '-o', output);
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringMatching(/expected a WebAssembly module/) });
    expect(wrong.stderr).not.toMatch(/\n\s+at /);
    expect(fs.existsSync(output)).toBe(false);
  });
});
