// Runs one conformance fixture: `node --expose-gc conformance.mjs <name> <RTS options>`. Its run.mjs gets the
// instance, and what it and Haskell print is compared by the spec.
import { pathToFileURL } from 'node:url';
import engineModule from './engine.js';
import fixturesModule from './fixtures.js';

const [, , name, ...rtsOptions] = process.argv;
const { fixture } = fixturesModule;
const { default: run, options } = await import(pathToFileURL(fixture(name, 'run.mjs')));
const instance = await engineModule.engine.instantiate(fixture(name), {
  stdout: process.stdout,
  stderr: process.stderr,
  rtsOptions,
  ...options,
});
await run(instance);
await instance.dispose();
