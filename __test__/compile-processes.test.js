'use strict';
// The compiler's processes: how many there are, how they end, and what they leave. In children, each with its own cache and
// its own folder for temporary files.

const fs = require('node:fs');
const path = require('node:path');
const { ours } = require('./support');
const { counted, realGhc } = require('./support/compiler');
const { folder, project } = require('./support/project');
const { node } = require('./support/process');

const root = path.join(__dirname, '..');

const EXPORT = 'foreign export javascript "f" f :: Int\n';
const PROJECT = {
  'Main.hs': `module Main where\nimport A\n${EXPORT}f :: Int\nf = a\n`,
  'A.hs': 'module A where\nimport B\na :: Int\na = b + 1\n',
  'B.hs': 'module B where\nb :: Int\nb = 41\n',
};

/** Runs a script in which `compile`, `ghc`, `source` and `tmp` are there; gives what it prints, parsed. */
async function child(script, { ghc, source, cache = folder(), tmp = folder() }) {
  const head = `
    process.env.HS_WASM_CACHE = ${JSON.stringify(cache)};
    process.env.TMPDIR = ${JSON.stringify(tmp)};
    const [ghc, source, tmp] = ${JSON.stringify([ghc, source, tmp])};
    const { compile } = require(${JSON.stringify(root)});`;
  const { stdout, stderr, code } = await node('--eval', head + script);
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  return JSON.parse(stdout);
}

/** Calls of the compiler that compile and link. */
const builds = (calls) => calls.filter((call) => / -o /.test(call));

const COMPILE = `compile(source, { toolchain: ghc }).then(async (module) => {
  const instance = await module.instantiate();
  console.log(JSON.stringify(await instance.exports.f()));
  instance.dispose();
});`;

describe('the cache', () => {
  ours('lets processes at the same time compile once', async () => {
    const source = project(PROJECT);
    const cache = folder();
    const { ghc, calls } = await counted();
    const run = () => child(COMPILE, { ghc, source, cache });
    expect(await Promise.all([run(), run(), run()])).toEqual([42, 42, 42]);
    expect(builds(calls())).toHaveLength(1);
    expect(await run()).toBe(42);
    expect(builds(calls())).toHaveLength(1);
  });

  ours('goes by contents: the same again is found, and one changed module is compiled alone', async () => {
    const source = project(PROJECT);
    const { ghc, calls } = await counted();
    const script = `
      const fs = require('node:fs');
      const write = (text) => fs.writeFileSync(source + '/B.hs', 'module B where\\nb :: Int\\nb = ' + text + '\\n');
      const found = [];
      async function once() {
        const compiled = [];
        const onProgress = ({ phase, message }) => phase === 'compile' && compiled.push(message);
        const module = await compile(source, { toolchain: ghc, onProgress });
        const { exports, dispose } = await module.instantiate();
        found.push([await exports.f(), compiled.sort().join()]);
        dispose();
      }
      (async () => {
        await once();
        write('41');
        await once();
        write('1 + 1');
        await once();
        write('41');
        await once();
        console.log(JSON.stringify(found));
      })();`;
    const found = await child(script, { ghc, source });
    expect(found.slice(0, 2)).toEqual([
      [42, 'A,B,Main'],
      [42, ''],
    ]);
    // GHC compiles what sees the change: the changed module, and who inlined it.
    expect(found[2][0]).toBe(3);
    expect(found[2][1]).toMatch(/\bB\b/);
    expect(found[3]).toEqual([42, '']);
    expect(builds(calls())).toHaveLength(2);
  });
});

/** The processes whose command line or folder for temporary files has `text` in it. */
const WATCH = `
  const fs = require('node:fs');
  const read = (file) => { try { return fs.readFileSync(file, 'latin1'); } catch { return ''; } };
  const compilers = () => fs.readdirSync('/proc').filter((pid) =>
    /^\\d+$/.test(pid) && Number(pid) !== process.pid && !/^State:\\s*Z/m.test(read('/proc/' + pid + '/status')) &&
    /(ghc|clang|wasm-ld|opt|llc)/.test(read('/proc/' + pid + '/comm')) &&
    (read('/proc/' + pid + '/cmdline') + read('/proc/' + pid + '/environ')).includes(tmp));`;

(process.platform === 'linux' ? describe : describe.skip)('a signal', () => {
  const many = Array.from(
    { length: 6 },
    (_, n) => `m${n} :: Int -> [(Int, Maybe Int)]\nm${n} x = [(y, Just (x + y)) | y <- [x ..], odd y]\n`,
  );
  const slow = (name) =>
    `module ${name} where\nimport Data.Map (Map)\ndata D = ${Array.from({ length: 60 }, (_, n) => `${name}${n}`).join(' | ')} deriving (Eq, Ord, Show, Read, Enum, Bounded)\n${many.join('')}`;

  ours.each([
    ['while GHC lists the modules', `setTimeout(() => stop.abort(), 60)`],
    [
      'while GHC compiles',
      `onProgress = ({ phase }) => phase === 'compile' && setTimeout(() => stop.abort(), 100)`,
    ],
    [
      'while the linker runs',
      `onProgress = ({ phase }) => phase === 'link' && setTimeout(() => stop.abort(), 30)`,
    ],
  ])('ends all processes within a second, and no temporary file stays: %s', async (_, when) => {
    const source = project({
      ...PROJECT,
      'A.hs': slow('A').replace('import Data.Map (Map)', 'import B') + 'a :: Int\na = b + 1\n',
      'B.hs': `${slow('B')}b :: Int\nb = 41\n`,
    });
    const script = `${WATCH}
      const stop = new AbortController();
      let onProgress, most = 0, aborted;
      const timer = setInterval(() => { most = Math.max(most, compilers().length); }, 20);
      stop.signal.addEventListener('abort', () => { most = Math.max(most, compilers().length); aborted = performance.now(); });
      ${when};
      compile(source, { toolchain: ghc, signal: stop.signal, onProgress }).catch(async (error) => {
        const left = () => compilers().length + fs.readdirSync(tmp).length;
        while (left() > 0 && performance.now() - aborted < 10000) await new Promise((turn) => setTimeout(turn, 10));
        clearInterval(timer);
        const inTime = performance.now() - aborted < 1000;
        console.log(JSON.stringify({ name: error.name, ran: most > 0, inTime, left: left() }));
      });`;
    const ghc = await realGhc();
    expect(await child(script, { ghc, source })).toEqual({
      name: 'AbortError',
      ran: true,
      inTime: true,
      left: 0,
    });
  });

  ours('leaves a project that the next call compiles', async () => {
    const source = project(PROJECT);
    const script = `
      const onProgress = ({ phase }) => phase === 'compile' && stop.abort();
      const stop = new AbortController();
      compile(source, { toolchain: ghc, signal: stop.signal, onProgress }).catch(() => ${COMPILE.replace(/;$/, '')});`;
    expect(await child(script, { ghc: await realGhc(), source })).toBe(42);
  });
});

describe('source never reaches a shell', () => {
  const hostile = 'a b; touch $(echo pwned) `touch pwned` \'q\' "d" & | > pwned #é';

  ours('neither by the names of folders and files', async () => {
    const place = project({ [`${hostile}/${hostile}.hs`]: `module Main where\n${EXPORT}f :: Int\nf = 42\n` });
    const source = path.join(place, hostile, `${hostile}.hs`);
    const script = `process.chdir(${JSON.stringify(place)});\n${COMPILE}`;
    expect(await child(script, { ghc: await realGhc(), source })).toBe(42);
    expect(fs.readdirSync(place)).toEqual([hostile]);
    expect(fs.readdirSync(path.join(place, hostile))).toEqual([`${hostile}.hs`]);
  });

  ours('nor by its text and options', async () => {
    const place = folder();
    const text = `module Main where\nforeign import javascript unsafe "'$(touch pwned)' + \`;touch pwned\`" g :: Int\n${EXPORT}f :: Int\nf = 42\n`;
    const script = `process.chdir(${JSON.stringify(place)});
      const options = { toolchain: ghc, ghcOptions: ['-DX=$(touch pwned);touch pwned', '-cpp'] };
      ${COMPILE.replace('{ toolchain: ghc }', 'options')}`;
    expect(await child(script, { ghc: await realGhc(), source: { source: text } })).toBe(42);
    expect(fs.readdirSync(place)).toEqual([]);
  });
});
