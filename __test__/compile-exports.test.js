'use strict';
// Exports of compiled modules: all that are declared are there, wherever and however they are declared, and the module says
// of what Haskell type they are.

const path = require('node:path');
const { engine, failure, ours } = require('./support');
const { project } = require('./support/project');

const SECTION = 'hs_wasm_exports';

/** The sections called `name` of a module, as V8 reads them. */
const sections = (wasm, name) => WebAssembly.Module.customSections(new WebAssembly.Module(wasm), name);
const sectionOf = (wasm) => JSON.parse(Buffer.from(sections(wasm, SECTION)[0]).toString());

const declared = ({ exports }, name) => exports.find((each) => each.name === name);

const TYPES = `module Types where
import Data.Int
import Foreign.C.Types
import Foreign.Ptr
import GHC.Wasm.Prim

type Age = Int
type Action = IO Bool
type Handler = Age -> Action
newtype Email = Email JSString
newtype Key = Key { unKey :: Word }

-- | Says whether somebody is
-- old enough.
old :: Handler
old age = pure (age > 17)
foreign export javascript "old" old :: Handler

foreign export javascript "mail" mail :: Email -> CInt -> Key -> IO Email
mail :: Email -> CInt -> Key -> IO Email
mail e _ _ = pure e

{-| Of the export. -}
foreign export javascript "all" everything :: Char -> Int64 -> Ptr (Ptr ()) -> Double -> JSVal -> ()
-- | Of the function.
everything :: Char -> Int64 -> Ptr (Ptr ()) -> Double -> JSVal -> ()
everything _ _ _ _ _ = ()

foreign export ccall now :: CInt -> IO CBool
now :: CInt -> IO CBool
now _ = pure 1
`;

const EXPECTED = [
  {
    name: 'old',
    module: 'Types',
    haskellName: 'old',
    haskellType: 'Handler',
    isAsync: true,
    args: ['Int'],
    result: { io: true, type: 'Bool' },
    doc: 'Says whether somebody is\nold enough.',
  },
  {
    name: 'mail',
    module: 'Types',
    haskellName: 'mail',
    haskellType: 'Email -> CInt -> Key -> IO Email',
    isAsync: true,
    args: ['JSString', 'Int32', 'Word'],
    result: { io: true, type: 'JSString' },
  },
  {
    name: 'all',
    module: 'Types',
    haskellName: 'everything',
    haskellType: 'Char -> Int64 -> Ptr (Ptr ()) -> Double -> JSVal -> ()',
    isAsync: true,
    args: ['Char', 'Int64', 'Ptr', 'Double', 'JSVal'],
    result: { io: false, type: '()' },
    doc: 'Of the export.',
  },
  {
    name: 'now',
    module: 'Types',
    haskellName: 'now',
    haskellType: 'CInt -> IO CBool',
    isAsync: false,
    args: ['Int32'],
    result: { io: true, type: 'Word8' },
  },
];

describe('the Haskell types of the exports', () => {
  ours.each([0, 1, 2])('are what GHC made of them, with -O%i', async (optimize) => {
    const { wasm } = await engine.compile({ source: TYPES }, { optimize });
    expect(sectionOf(wasm)).toEqual({ version: 1, exports: EXPECTED });
  });

  ours('are in Module.exports, also of a module that is loaded', async () => {
    const compiled = await engine.compile({ source: TYPES });
    const loaded = await engine.load(compiled.wasm);
    for (const module of [compiled, loaded]) {
      for (const each of EXPECTED) expect(declared(module, each.name)).toMatchObject(each);
      expect(declared(module, 'mail')).toMatchObject({
        params: ['externref', 'i32', 'i32'],
        results: ['externref'],
      });
    }
    expect(loaded.exports).toEqual(compiled.exports);
  });

  ours('are not in a module without exports', async () => {
    const { wasm } = await engine.compile({ source: 'main :: IO ()\nmain = pure ()' });
    expect(sections(wasm, SECTION)).toEqual([]);
  });

  ours.each([
    ['no JSON', 'hello'],
    ['another version', JSON.stringify({ version: 2, exports: EXPECTED })],
    ['no exports', JSON.stringify({ version: 1, exports: null })],
    [
      'exports that are none',
      JSON.stringify({ version: 1, exports: [null, {}, { ...EXPECTED[0], args: 1 }] }),
    ],
  ])('that are damaged count as absent: %s', async (_, text) => {
    const { wasm } = await engine.compile({ source: TYPES });
    const at = Buffer.from(wasm).indexOf(SECTION) + SECTION.length;
    const changed = Buffer.from(wasm);
    changed.fill(' ', at).write(text, at);
    const module = await engine.load(changed);
    expect(declared(module, 'old')).toEqual({ name: 'old', params: ['i32'], results: ['externref'] });
    const instance = await module.instantiate();
    expect(await instance.exports.old(18)).toBe(1);
    instance.dispose();
  });
});

describe('every foreign export of every module', () => {
  const one = (module, name, more = '') =>
    `module ${module} where\n${more}foreign export javascript "${name}" ${name} :: Int -> Int\n${name} :: Int -> Int\n${name} = (+ 1)\n`;

  /** The names that a project exports, after calling each. */
  async function exported(root, options) {
    const module = await engine.compile(root, options);
    const instance = await module.instantiate();
    for (const name of Object.keys(instance.exports)) expect(await instance.exports[name](1)).toBe(2);
    instance.dispose();
    return module.exports.map(({ name }) => name).sort();
  }

  ours('is exported: of imported, re-exported and literate modules, in other folders too', async () => {
    const root = project({
      'Main.hs': 'module Main (module Deep.Again) where\nimport Deep.Again\nimport Lit ()\nimport Gen ()\n',
      'Deep/Again.hs': 'module Deep.Again (module Deep.Er) where\nimport Deep.Er\n',
      'Deep/Er.hs': one('Deep.Er', 'deep'),
      'Lit.lhs': `A literate module.\n\n${one('Lit', 'literate').replaceAll(/^(?=.)/gm, '> ')}`,
      'gen/Gen.hs': one('Gen', 'generated'),
    });
    const options = { ghcOptions: [`-i${path.join(root, 'gen')}`] };
    expect(await exported(root, options)).toEqual(['deep', 'generated', 'literate']);
  });

  ours('is exported: what the preprocessor leaves, and what it makes', async () => {
    const root = project({
      'Main.hs': [
        '{-# LANGUAGE CPP #-}',
        'module Main where',
        '#include "exports.h"',
        '#ifdef NEVER',
        'foreign export javascript "never" never :: Int -> Int',
        '#else',
        'foreign export javascript "always" f :: Int -> Int',
        '#endif',
        'EXPORT("made", made)',
        'f, made :: Int -> Int',
        'f = (+ 1)',
        'made = (+ 1)',
      ].join('\n'),
      'exports.h': '#define EXPORT(name, f) foreign export javascript name f :: Int -> Int\n',
    });
    const names = await exported(root).catch((error) => error.message);
    expect(names).toEqual(['always', 'made']);
  });

  // Optimised, the code of all whole numbers looks alike, and there is no source that tells which it is.
  ours.each([
    [0, 'Int'],
    [1, ''],
  ])('is exported: also if macros make all of them, with -O%i', async (optimize, type) => {
    const define = '#define EXPORT(f) foreign export javascript "f" f :: Int -> Int';
    const source = `{-# LANGUAGE CPP #-}\nmodule Main where\n${define}\nEXPORT(f)\nf :: Int -> Int\nf = (+ 1)\n`;
    const module = await engine.compile({ source }, { optimize });
    expect(declared(module, 'f')).toMatchObject({
      module: 'Main',
      haskellName: 'f',
      isAsync: true,
      args: ['Int'],
      result: { type },
    });
    expect(declared(module, 'f').haskellType).toBeUndefined();
  });

  ours('that is only in a comment is none', async () => {
    const source =
      '{-# LANGUAGE CPP #-}\nmodule Main where\n-- foreign export javascript "f" f :: Int\nf = 1 :: Int\n';
    const error = await failure(() => engine.compile({ source }));
    expect(error).toBeInstanceOf(engine.CompileError);
    expect(error.message).toMatch(/nothing to call and nothing to run/);
  });
});

describe('names listed in the option exports', () => {
  const source = 'module M where\nforeign export javascript "f" f :: Int\nf :: Int\nf = 1\n';

  ours('are exported beside the declared ones', async () => {
    const { exports } = await engine.compile({ source }, { exports: ['hs_perform_gc'] });
    expect(exports.map(({ name }) => name)).toEqual(expect.arrayContaining(['f', 'hs_perform_gc']));
  });

  ours('that the module does not have are an error that says so', async () => {
    const error = await failure(() => engine.compile({ source }, { exports: ['f', 'gone'] }));
    expect(error).toBeInstanceOf(engine.LinkError);
    expect(error).toMatchObject({ code: 'ERR_HS_MISSING_EXPORT' });
    expect(error.message).toMatch(
      /^compile\.options\.exports: the module has no function ‘gone’; it exports f\b/,
    );
  });
});
