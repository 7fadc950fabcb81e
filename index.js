'use strict';
/** The contract of the package; `index.d.ts` describes it. Its names are written out for `import`, which reads them here. */

const { quick } = require('./lib/kept-code.js');

const {
  compile,
  watch,
  load,
  instantiate,
  run,
  typed,
  postLink,
  configure,
  toolchain,
  Module,
  Instance,
  ManualClock,
  HsWasmError,
  ToolchainError,
  CompileError,
  LinkError,
  ExitError,
  TrapError,
  LimitError,
  ClosedError,
  AbortError,
} = quick ? quick('lib/api.js', module) : require('./lib/api.js');

module.exports = {
  compile,
  watch,
  load,
  instantiate,
  run,
  typed,
  postLink,
  configure,
  toolchain,
  Module,
  Instance,
  ManualClock,
  HsWasmError,
  ToolchainError,
  CompileError,
  LinkError,
  ExitError,
  TrapError,
  LimitError,
  ClosedError,
  AbortError,
};
