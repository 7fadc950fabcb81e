'use strict';
/** Finds the command, reads its options, runs it, and says what went wrong. */

const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { nearest } = require('../lib/checks.js');
const { version } = require('../package.json');
const { coloured } = require('./colours.js');
const { UsageError } = require('./usage-error.js');

const FAILED = 1;
const MISUSED = 2;

/** Options that every command has. */
const COMMON = { help: { type: 'boolean', short: 'h' } };

const folder = path.join(__dirname, 'commands');
const names = () => fs.readdirSync(folder).map((file) => path.basename(file, '.js'));
const command = (name) => require(path.join(folder, `${name}.js`));

/** Runs the command line `args` and gives the exit code. */
async function main(args) {
  try {
    return (await dispatch(args)) ?? 0;
  } catch (error) {
    const misused = error instanceof UsageError || String(error.code).startsWith('ERR_INVALID_ARG_');
    // Errors with a code say what to do; of any other the stack is wanted.
    const isExpected = misused || (typeof error.code === 'string' && error.code !== 'ERR_HS_INTERNAL');
    process.stderr.write(
      `${coloured(process.stderr, 'red', 'hs-wasm:')} ${isExpected ? error.message : error.stack}\n`,
    );
    return misused ? MISUSED : FAILED;
  }
}

async function dispatch([first, ...rest]) {
  if (first === '--version' || first === '-V') {
    print(version);
  } else if (first === undefined) {
    throw new UsageError(`a command is needed\n\n${overview()}`);
  } else if (['--help', '-h'].includes(first) || (first === 'help' && rest.length === 0)) {
    print(overview());
  } else if (first === 'help') {
    print(known(rest[0]).help.trim());
  } else {
    return runCommand(first, rest);
  }
  return 0;
}

/** The command `name`, or an error with the name that was probably meant. */
function known(name) {
  if (!names().includes(name)) {
    const near = nearest(name, names());
    const hint = near ? `did you mean '${near}'?` : `there are ${names().join(', ')}`;
    throw new UsageError(`there is no command '${name}'; ${hint}`);
  }
  return command(name);
}

async function runCommand(name, args) {
  const { help, options, allowPositionals = false, argumentsFollow = false, run } = known(name);
  const all = { ...options, ...COMMON };
  const [own, rest] = argumentsFollow ? split(args, all) : [args, []];
  const { values, positionals } = parse(name, own, all, allowPositionals);
  if (values.help) {
    print(help.trim());
    return 0;
  }
  return run(values, positionals, rest);
}

/** The arguments up to the first that is neither an option nor an option's value, and those that follow it. */
function split(args, options) {
  const { tokens } = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true });
  const end = (tokens.find(({ kind }) => kind === 'positional')?.index ?? args.length) + 1;
  return [args.slice(0, end), args.slice(end)];
}

function parse(name, args, options, allowPositionals) {
  try {
    return parseArgs({ args, options, allowPositionals });
  } catch (error) {
    const [, unknown] = /^Unknown option '--([^']+)'/.exec(error.message) ?? [];
    const near = unknown === undefined ? undefined : nearest(unknown, Object.keys(options));
    const [what] = error.message.split(/\. To specify|\. Did you/);
    throw new UsageError(
      `${name}: ${what}${near ? `; did you mean '--${near}'?` : ''} (see hs-wasm ${name} --help)`,
    );
  }
}

function overview() {
  const width = Math.max(...names().map((name) => name.length)) + 2;
  const list = names().map((name) => `  ${name.padEnd(width)}${command(name).summary}`);
  return `Usage: hs-wasm <command> [options]

Haskell as a Node.js library: what it needs on the command line.

Commands:
${list.join('\n')}

hs-wasm <command> --help tells more; hs-wasm --version prints the version.`;
}

function print(text) {
  process.stdout.write(`${text}\n`);
}

module.exports = { main };
