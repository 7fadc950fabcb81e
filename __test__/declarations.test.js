'use strict';
// `hs-wasm types` and the option `types`: declaration files, and what TypeScript makes of them.

const fs = require('node:fs');
const path = require('node:path');
const { engine, failure, fixture, ours } = require('./support');
const { nodeIn } = require('./support/process');
const { program, tsc, TSCONFIG } = require('./support/typescript');
const { userProject } = require('./support/user-project');

const HASKELL = fs.readFileSync(fixture('typed'), 'utf8');

const PRELUDE = `import { instantiate, typed } from 'hs-wasm';
import haskell, { price, isEven, delete as free, type Exports, type Typed } from './Typed.hs';
const instance = await instantiate<Exports>('Typed.hs');
const natural = typed(instance);
`;

const RIGHT = [
  'const cents: number = await price(250, 3);',
  'const bit: 0 | 1 = isEven(2);',
  'await free({});',
  'const code: number = await instance.exports.shout(65);',
  'const raw: 0 | 1 = await haskell.both(true, 0);',
  'const big: bigint = await instance.exports.next(1n);',
  'const shouted: string = await natural.shout("a");',
  'const both: boolean = await natural.both(true, false);',
  'const next: bigint = await natural.next(1n);',
  'const even: boolean = natural.isEven(2);',
  'const greeting: string = await natural.greet("Ada");',
  'const value: {} | null = await natural.same(undefined);',
  'const nothing: void = await natural.delete(1);',
  'const same: Typed = natural;',
  'const byHand = typed<{ f(x: boolean): Promise<boolean> }>(await instantiate("F.hs"));',
  'const alsoByHand: boolean = await byHand.f(true);',
];

const WRONG = [
  'await price("250", 3);',
  'await price(250);',
  'await price(250, 3, 4);',
  'const text: string = await price(250, 3);',
  'const forgotten: number = price(250, 3);',
  'isEven(2n);',
  'await instance.exports.shout("a");',
  'await instance.exports.next(1);',
  'instance.exports.nothing();',
  'await natural.shout(65);',
  'await natural.both(1, 0);',
  'await natural.next(1);',
  'const boolean: boolean = natural.isEven(2n);',
  'const one: 1 = natural.isEven(2);',
  'await natural.greet(null);',
  'const object: { a: number } = await natural.same({ a: 1 });',
  'const unsure: {} = await natural.same({ a: 1 });',
  'natural.nothing();',
  'typed(1);',
];

const project = () => userProject({ 'Typed.hs': HASKELL, 'tsconfig.json': TSCONFIG });

/** Files and lines about which TypeScript complains. */
async function complaints({ folder }) {
  const { stdout } = await nodeIn(folder, tsc, '--pretty', 'false');
  return [
    ...new Set([...stdout.matchAll(/^(\S+?)\((\d+),\d+\): error /gm)].map(([, at, line]) => `${at}:${line}`)),
  ];
}

describe('hs-wasm types', () => {
  ours('writes what TypeScript takes for the types of the file', async () => {
    const files = project();
    const outcome = await nodeIn(files.folder, program, 'types', 'Typed.hs');
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(outcome.stdout).toMatch(/^Typed\.d\.hs\.ts: price, shout, both, /);
    files.write('right.mts', PRELUDE + RIGHT.join('\n'));
    files.write('wrong.mts', PRELUDE + WRONG.join('\n'));
    const first = PRELUDE.split('\n').length;
    expect(await complaints(files)).toEqual(WRONG.map((_, index) => `wrong.mts:${first + index}`));
  });

  ours('tells of --check and --json whether the file is right', async () => {
    const { folder, at, write } = project();
    const types = (...args) => nodeIn(folder, program, 'types', 'Typed.hs', ...args);
    expect(await types('--check')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('run hs-wasm types Typed.hs'),
    });
    expect(fs.existsSync(at('Typed.d.hs.ts'))).toBe(false);
    expect(JSON.parse((await types('--json')).stdout)).toMatchObject({
      output: 'Typed.d.hs.ts',
      upToDate: false,
    });
    expect(await types('--check')).toMatchObject({ code: 0, stderr: '' });
    write('Typed.d.hs.ts', '// old\n');
    expect(JSON.parse((await types('--check', '--json')).stdout)).toMatchObject({ upToDate: false });
  });

  ours('knows the types of a wasm file, and goes where -o says', async () => {
    const { folder, at } = project();
    await nodeIn(folder, program, 'build', 'Typed.hs');
    expect(await nodeIn(folder, program, 'types', 'Typed.wasm')).toMatchObject({ code: 0 });
    expect(fs.readFileSync(at('Typed.d.ts'), 'utf8')).toContain('shout(arg1: string): Promise<string>;');
    expect(await nodeIn(folder, program, 'types', 'Typed.hs', '-o', 'lib.d.ts')).toMatchObject({
      stdout: expect.stringMatching(/^lib\.d\.ts: /),
    });
    expect(fs.existsSync(at('Typed.d.hs.ts'))).toBe(false);
    expect(await nodeIn(folder, program, 'types', 'Typed.hs', '-o', 'no/lib.d.ts')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^hs-wasm: cannot write the types to .*lib\.d\.ts/),
    });
  });

  ours('says that a program has none', async () => {
    const { folder, write } = project();
    write('Main.hs', 'main :: IO ()\nmain = pure ()\n');
    expect(await nodeIn(folder, program, 'types', 'Main.hs')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Main.hs has no foreign exports'),
    });
  });
});

describe('the option types', () => {
  ours('writes the file beside the source, and again only when it changes', async () => {
    const { at, write } = project();
    const file = at('Typed.d.hs.ts');
    await engine.compile(at('Typed.hs'), { types: true });
    const text = fs.readFileSync(file, 'utf8');
    expect(text).toMatchSnapshot();
    fs.chmodSync(file, 0o444);
    const { mtimeMs } = fs.statSync(file);
    await engine.compile(at('Typed.hs'), { types: true });
    expect(fs.statSync(file).mtimeMs).toBe(mtimeMs);
    fs.chmodSync(file, 0o644);
    write('Typed.hs', HASKELL.replace('"shout" shout', '"cry" shout'));
    await engine.compile(at('Typed.hs'), { types: true });
    expect(fs.readFileSync(file, 'utf8')).toBe(text.replaceAll(/\bshout\(/g, 'cry('));
  });

  ours('is the name of a file, too, which a text needs', async () => {
    const { folder, at, write } = project();
    const source = 'foreign export ccall "one" one :: Int\none :: Int\none = 1\n';
    await engine.compile({ source: `module One where\n${source}` }, { types: at('one.d.ts') });
    expect(fs.readFileSync(at('one.d.ts'), 'utf8')).toContain('export declare function one(): number;');
    write('lib/Main.hs', `module Main where\n${source}`);
    await engine.compile(path.join(folder, 'lib'), { types: true });
    expect(fs.existsSync(at('lib/lib.d.ts'))).toBe(true);
    const error = await failure(() => engine.compile({ source }, { types: true }));
    expect(error).toMatchObject({
      code: 'ERR_INVALID_ARG_VALUE',
      message: expect.stringMatching(/^compile\.options\.types: /),
    });
    await expect(engine.compile(at('Typed.hs'), { types: 1 })).rejects.toMatchObject({
      code: 'ERR_INVALID_ARG_TYPE',
    });
  });
});

describe('the result of an export', () => {
  ours.each([0, 1, 2])(
    'is of the right size, whatever GHC shares between exports, with -O%i',
    async (optimize) => {
      const { exports } = await engine.compile(fixture('types-exports'), { optimize });
      const echoes = exports.filter(({ name }) => name.startsWith('echo'));
      expect(echoes.map(({ result }) => `echo${result.type}`)).toEqual(echoes.map(({ name }) => name));
    },
  );
});
