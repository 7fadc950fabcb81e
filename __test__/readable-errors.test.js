'use strict';
// What `console.log(error)` shows. The texts are written out: they are for people.

const { inspect } = require('node:util');
const { compile } = require('..');
const { failure, instance, ours } = require('./support');
const { fixture } = require('./support/fixtures');

/** As it is printed, without the frames of JavaScript, and without what another compiler would number otherwise. */
function printed(error) {
  return inspect(error)
    .replace(/^ {4}at .*\.c?js:\d+.*\n?/gm, '')
    .replace(/^ {4}at .*<anonymous>.*\n?/gm, '')
    .replace(/called at \S*[\\/](\w+\.hs)/g, 'called at $1')
    .replace(/_blk_\w+/g, '_blk_…')
    .replace(/wasm-function\[\d+\]:0x[0-9a-f]+/g, 'wasm-function[…]');
}

const outcome = async (name, ...args) =>
  printed(await failure(async () => (await instance('dying')).exports[name](...args)));

ours('a Haskell exception has its call stack, by file and line, and its type', async () => {
  expect(await outcome('countdown', 1)).toMatchInlineSnapshot(`
    "RuntimeError: too deep
    CallStack (from HasCallStack):
      error, called at Main.hs:12:15 in main:Dying
      countdown, called at Main.hs:13:19 in main:Dying
      countdown, called at Main.hs:23:29 in main:Dying
      haskell: { type: 'ErrorCall', module: 'GHC.Internal.Exception' }
    }"
  `);
});

ours('a trap has what was said before it, and the frames of Haskell', async () => {
  expect(await outcome('trap')).toMatchInlineSnapshot(`
    "TrapError [ERR_HS_TRAP]: unreachable
        stderr | Dying: internal error: no hope
        stderr |     (please report it)
        at abort (wasm-function[…])
        at Dying.$wtrap (wasm-function[…])
        at StgRun (wasm-function[…])
        at scheduleWaitThread (wasm-function[…])
        at rts_evalLazyIO (wasm-function[…])
        at trap (wasm-function[…])
      code: 'ERR_HS_TRAP',
      trap: 'UnreachableCodeReached'
    }"
  `);
});

ours('a trap has lines of Haskell where GHC was told to write them', async () => {
  const module = await compile(fixture('dying'), { ghcOptions: ['-finfo-table-map'] });
  const { exports } = await module.instantiate({ stderr: 'ignore' });
  const error = await failure(() => exports.trap());
  expect(error.frames[1]).toMatchObject({
    function: expect.stringMatching(/^Dying\./),
    symbol: expect.any(String),
    source: expect.stringMatching(/^\S*Main\.hs:16:/),
  });
  expect(error.stack).toMatch(
    /^ {4}at Dying\.\S+ \(\S*Main\.hs:16:\S+, wasm-function\[\d+\]:0x[0-9a-f]+\)$/m,
  );
});

ours('an exit has what was said before it', async () => {
  expect(await outcome('leave')).toMatchInlineSnapshot(`
    "ExitError [ERR_HS_EXIT]: the guest exited with code 7
        stderr | bye
      code: 'ERR_HS_EXIT',
      exitCode: 7
    }"
  `);
});
