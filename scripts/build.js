'use strict';
/** `npm run build`: the addon as set-up builds it, with cargo's output; `build:release` as it is published. */

const { build } = require('./lib/addon.js');
const { script } = require('./set-up.js');

const profile = process.argv.includes('--release') ? 'release' : 'addon';

script(() => build(profile, { log: 'cargo', onLine: (line) => console.log(line) }));
