'use strict';
/** The compiler that hs-wasm installs: `hs-wasm toolchain <action>`. */

const { megabytes } = require('../../lib/units.js');
const { nearest } = require('../../lib/checks.js');
const { progress } = require('../progress.js');
const { UsageError } = require('../usage-error.js');
const doctor = require('./doctor.js');

const summary = 'install, list, remove, check or pack the Haskell compiler for WebAssembly';

const help = `
Usage: hs-wasm toolchain <action> [options]

  install               build a compiler from Debian's packages into the cache folder: some minutes, no root.
                        What is there is not built again; what was interrupted goes on
  install --from <archive>
                        take it from a file or an http(s) address that pack wrote, in seconds, without apt
  list                  the compilers that hs-wasm has installed
  remove [<id>]         remove one: that of this version of hs-wasm, or the one named
  doctor                look at every place where a compiler may be, and whether it works
  pack <file>           write the compiler into one file, for install --from on machines of the same kind
  path                  print the folder of the compiler's commands: PATH="$(hs-wasm toolchain path):$PATH"

Options:
      --from <archive>  for install
      --jobs <n>        for install: processes at once (default: one per processor)
      --json            print what is done and found as JSON, a line per report of progress
  -h, --help            print this
`;

const options = {
  from: { type: 'string' },
  jobs: { type: 'string' },
  json: { type: 'boolean' },
};

const print = (text) => process.stdout.write(`${text}\n`);

/** Runs `work({ onProgress, signal })` with progress on the terminal, or as lines of JSON. */
async function shown(title, json, work) {
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort(new Error('interrupted'));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const { signal } = interrupted;
  try {
    return json
      ? await work({ signal, onProgress: (at) => print(JSON.stringify({ progress: at })) })
      : await progress(title, (report) =>
          work({
            signal,
            onProgress: ({ phase, message, ...at }) => report({ ...at, message: named(phase, message) }),
          }),
        );
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

const named = (phase, message) => (message === phase ? phase : `${phase} ${message}`);

const actions = {
  async install({ from, jobs, json }) {
    const { toolchain } = require('../../index.js');
    const wanted = { from, jobs: jobs === undefined ? undefined : Number(jobs) };
    const found = await shown('Installing the compiler', json, (how) =>
      toolchain.install({ ...wanted, ...how }),
    );
    print(json ? JSON.stringify({ result: found }) : `GHC ${found.version}: ${found.ghc}`);
  },

  async list({ json }) {
    const { toolchain } = require('../../index.js');
    const all = await toolchain.list();
    const line = ({ id, version, bytes, isCurrent, path: folder }) =>
      [
        isCurrent ? '*' : ' ',
        id,
        version === null ? 'not finished: install goes on, remove removes it' : `GHC ${version}`,
        bytes === null ? '' : megabytes(bytes),
        folder,
      ]
        .filter(Boolean)
        .join('  ');
    const text = all.length === 0 ? 'none is installed' : all.map(line).join('\n');
    print(json ? JSON.stringify(all, null, 2) : text);
  },

  async remove({ json }, [id]) {
    const { toolchain } = require('../../index.js');
    const removed = await toolchain.remove(id);
    print(json ? JSON.stringify(removed) : `${removed.id} is removed from ${removed.path}`);
  },

  doctor: (values) => doctor.run(values),

  async pack({ json }, [file]) {
    if (file === undefined) {
      throw new UsageError('toolchain: pack needs the name of the file to write, such as toolchain.tar.zst');
    }
    const { toolchain } = require('../../index.js');
    const packed = await shown('Packing the compiler', json, (how) => toolchain.pack(file, how));
    const size = megabytes(packed.bytes);
    print(json ? JSON.stringify({ result: packed }) : `${packed.id}, ${size}: ${packed.file}`);
  },

  async path({ json }) {
    const { toolchain } = require('../../index.js');
    const folder = await toolchain.path();
    if (folder === null) {
      process.stderr.write('hs-wasm: there is no compiler; `hs-wasm toolchain install` installs one\n');
      return 1;
    }
    print(json ? JSON.stringify(folder) : folder);
  },
};

/** How many names each action takes, and which options besides --json. */
const TAKES = { install: [0, 'from', 'jobs'], remove: [1], pack: [1] };

async function run(values, [action, ...names]) {
  if (!Object.hasOwn(actions, action ?? '')) {
    const near = action === undefined ? undefined : nearest(action, Object.keys(actions));
    const what = action === undefined ? 'an action is needed' : `there is no action '${action}'`;
    const hint = near ? `did you mean '${near}'?` : `there are ${Object.keys(actions).join(', ')}`;
    throw new UsageError(`toolchain: ${what}; ${hint} (see hs-wasm toolchain --help)`);
  }
  const [count, ...known] = TAKES[action] ?? [0];
  const foreign = Object.keys(values).find((name) => name !== 'json' && !known.includes(name));
  if (foreign !== undefined) {
    throw new UsageError(`toolchain: --${foreign} is not for ${action} (see hs-wasm toolchain --help)`);
  }
  if (names.length > count) {
    throw new UsageError(
      `toolchain: ${action} does not take '${names[count]}' (see hs-wasm toolchain --help)`,
    );
  }
  return actions[action](values, names);
}

module.exports = { summary, help, options, allowPositionals: true, run };
