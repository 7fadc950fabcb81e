'use strict';
/**
 * What happens, for those who want to hear it: channels of `node:diagnostics_channel`, described in `docs/observability.md`.
 *
 * Four are tracing channels, with a beginning and an end; two are plain. Each message has a `name`, that of a span, and
 * `attributes`, flat and named in OpenTelemetry's way (`code.function.name` is of its conventions, `hs_wasm.*` are ours).
 * Where nobody listens, nothing is made.
 */

const { channel, tracingChannel } = require('node:diagnostics_channel');
const { LimitError } = require('./errors.js');

const compile = tracingChannel('hs-wasm.compile');
const load = tracingChannel('hs-wasm.load');
const instantiate = tracingChannel('hs-wasm.instantiate');
const call = tracingChannel('hs-wasm.call');
const migrate = channel('hs-wasm.migrate');
const limit = channel('hs-wasm.limit');

const PHASES = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'];

/** Whether somebody listens. Node 20's early versions do not say it of a tracing channel. */
const isHeard = (tracing) => PHASES.some((phase) => tracing[phase].hasSubscribers);

/**
 * `run(attributes)`, with messages at its beginning and end. Unlike Node's `tracePromise()` and `traceSync()` it need not be
 * told which of the two its result is. `run` may add attributes while it runs.
 *
 * @template T
 * @param {import('node:diagnostics_channel').TracingChannel} tracing
 * @param {string} name of the span
 * @param {Record<string, unknown>} attributes
 * @param {(attributes: Record<string, unknown>) => T} run
 * @returns {T}
 */
function trace(tracing, name, attributes, run) {
  if (!isHeard(tracing)) {
    return run(attributes);
  }
  const context = { name, attributes };
  const settled = (fields) => {
    Object.assign(context, fields);
    if ('error' in fields) {
      tracing.error.publish(context);
    }
    tracing.asyncStart.publish(context);
    tracing.asyncEnd.publish(context);
  };
  return tracing.start.runStores(context, () => {
    try {
      const value = run(attributes);
      if (typeof value?.then !== 'function') {
        context.result = value;
        return value;
      }
      const told = value.then(
        (result) => {
          settled({ result });
          return result;
        },
        (error) => {
          settled({ error });
          throw error;
        },
      );
      // What GHC's glue puts on the promise of an export: `throwTo`.
      return Object.assign(told, value);
    } catch (error) {
      context.error = error;
      tracing.error.publish(context);
      throw error;
    } finally {
      tracing.end.publish(context);
    }
  });
}

/** `error`, of which those who listen for limits have been told if it is one. */
function reached(error, moduleName) {
  if (limit.hasSubscribers && error instanceof LimitError) {
    limit.publish({
      name: 'hs-wasm limit',
      attributes: { 'hs_wasm.module.name': moduleName, 'hs_wasm.limit': error.limit },
      error,
    });
  }
  return error;
}

/** A call has used its slice and leaves the JavaScript thread. */
function departed(moduleName) {
  if (migrate.hasSubscribers) {
    migrate.publish({ name: 'hs-wasm migrate', attributes: { 'hs_wasm.module.name': moduleName } });
  }
}

module.exports = { channels: { compile, load, instantiate, call }, isHeard, trace, reached, departed };
