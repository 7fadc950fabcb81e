'use strict';
/** After the tests of a file its instances end, rather than when they become garbage. */

const { closeAll } = require('../import/open.js');

// Absent where the project has `injectGlobals: false`; then garbage collection is what ends them.
globalThis.afterAll?.(closeAll);
