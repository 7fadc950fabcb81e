'use strict';
/** The contract of the package; `index.d.ts` describes it. Its names are written out for `import`, which reads them here. */

const { quick } = require('./lib/kept-code.js');

const api = quick ? quick('lib/api.js', module) : require('./lib/api.js');

exports.compile = api.compile;
exports.watch = api.watch;
exports.load = api.load;
exports.instantiate = api.instantiate;
exports.run = api.run;
exports.typed = api.typed;
exports.postLink = api.postLink;
exports.configure = api.configure;
exports.toolchain = api.toolchain;
exports.Module = api.Module;
exports.Instance = api.Instance;
exports.ManualClock = api.ManualClock;
exports.HsWasmError = api.HsWasmError;
exports.ToolchainError = api.ToolchainError;
exports.CompileError = api.CompileError;
exports.LinkError = api.LinkError;
exports.ExitError = api.ExitError;
exports.TrapError = api.TrapError;
exports.LimitError = api.LimitError;
exports.ClosedError = api.ClosedError;
exports.AbortError = api.AbortError;
