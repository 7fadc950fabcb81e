'use strict';
/** Options of the commands that run a program: what it gets of this machine, and for how long. */

const { UsageError } = require('./usage-error.js');

const options = {
  dir: { type: 'string', multiple: true },
  'dir-ro': { type: 'string', multiple: true },
  env: { type: 'string', multiple: true },
  rts: { type: 'string', multiple: true },
  timeout: { type: 'string' },
};

const help = `
      --dir <host>[::<guest>]     a folder for the program, under the path <guest>, else as written
      --dir-ro <host>[::<guest>]  the same for reading only
      --env <name>=<value>        a variable for the program; <name> alone hands on this one's
      --rts <option>              an option of GHC's runtime: --rts=-A16m
      --timeout <time>            ends the program after 500ms, 10s, 2m
`.slice(1, -1);

/** Options of `run()` from those of the command `name` and from what follows the file on its command line. */
function runOptions(name, values, rest) {
  return {
    args: rest[0] === '--' ? rest.slice(1) : rest,
    env: Object.fromEntries((values.env ?? []).map(variable)),
    preopens: Object.fromEntries([
      ...(values.dir ?? []).map((folder) => preopen(name, folder, false)),
      ...(values['dir-ro'] ?? []).map((folder) => preopen(name, folder, true)),
    ]),
    rtsOptions: values.rts,
    timeoutMs: values.timeout === undefined ? undefined : milliseconds(name, values.timeout),
    stdin: 'inherit',
    stdout: 'inherit',
    stderr: 'inherit',
  };
}

function preopen(name, text, readOnly) {
  const [host, guest = host, ...more] = text.split('::');
  if (host === '' || guest === '' || more.length > 0) {
    throw new UsageError(`${name}: --dir takes <host> or <host>::<guest>, found '${text}'`);
  }
  return [guest, { path: host, readOnly }];
}

function variable(text) {
  const at = text.indexOf('=');
  return at === -1 ? [text, process.env[text]] : [text.slice(0, at), text.slice(at + 1)];
}

function milliseconds(name, text) {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  if (number === undefined) {
    throw new UsageError(`${name}: --timeout takes a time such as 500ms, 10s or 2m, found '${text}'`);
  }
  return Math.max(1, Math.ceil(number * { ms: 1, s: 1000, m: 60_000 }[unit]));
}

module.exports = { help, options, runOptions };
