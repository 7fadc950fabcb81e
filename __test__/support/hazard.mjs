// What every hazard imports: the engine under test, the fixtures, and `pass()`, whose word the spec
// waits for.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import engineModule from './engine.js';
import fixturesModule from './fixtures.js';

const { engine } = engineModule;
const { fixture } = fixturesModule;

/** An instance of a fixture. Nobody disposes of it: that is part of some hazards. */
const instance = (name, options) => engine.instantiate(fixture(name), options);

const pass = () => console.log('pass');

export { assert, engine, fixture, instance, pass, sleep };
