'use strict';
// Machines of their own for the toolchain: a cache folder, a home and a PATH that hold stand-ins. What a stand-in
// compiles with is the compiler that the other tests use.

const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { execFileSync, spawn } = require('node:child_process');
const { toolchain } = require('../..');

const root = path.join(__dirname, '..', '..');
const program = path.join(root, 'bin', 'hs-wasm.js');
const recipe = Object.fromEntries(
  fs
    .readFileSync(path.join(root, 'toolchain', 'RECIPE'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('=')),
);

/** The name of the toolchain that this version of hs-wasm makes. */
const id = `ghc-${recipe.series}-r${recipe.recipe}`;

const made = [];
const servers = [];
afterAll(() => {
  made.forEach((each) => fs.rmSync(each, { recursive: true, force: true }));
  servers.forEach((server) => {
    server.closeAllConnections();
    server.close();
  });
});

/** A folder that is removed after the tests. Beside the project, where a copy may share files with it. */
function folder() {
  const parent = path.join(root, 'target', 'machines');
  fs.mkdirSync(parent, { recursive: true });
  made.push(fs.mkdtempSync(path.join(parent, 'machine-')));
  return made.at(-1);
}

/** Writes a program. */
function script(file, text) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text, { mode: 0o755 });
}

/** A program that passes on to another, and says so in `log`. */
const relay = (to, log) => `#!/bin/sh\necho "$0" >>"${log}"\nexec "${to}" "$@"\n`;

/** The folder of the commands of the compiler in use. */
async function realCommands() {
  const found = await toolchain.path();
  if (found === null) throw new Error('these tests need a compiler: npm run set-up');
  return found;
}

class Machine {
  constructor() {
    this.folder = folder();
    this.cache = this.path('cache');
    this.prefix = path.join(this.cache, 'toolchains', id);
    this.env = {
      ...process.env,
      HOME: this.path('home'),
      HS_WASM_CACHE: this.cache,
      HS_WASM_GHC: '',
      GHCUP_INSTALL_BASE_PREFIX: '',
    };
  }

  path(...parts) {
    return path.join(this.folder, ...parts);
  }

  /** Starts `hs-wasm ...args`, under a shell's `limit` if one is given. */
  start(args, { limit, ...env } = {}) {
    const command = [process.execPath, '--no-warnings', program, ...args];
    const [file, ...rest] = limit ? ['bash', '-c', `${limit}; exec "$@"`, 'limited', ...command] : command;
    const child = spawn(file, rest, { cwd: this.folder, env: { ...this.env, ...env } });
    const result = { code: null, stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => (result.stdout += chunk));
    child.stderr.on('data', (chunk) => (result.stderr += chunk));
    child.ended = new Promise((resolve) => {
      child.on('close', (code, signal) => resolve({ ...result, code: code ?? signal }));
    });
    /** Kills it as the system would, as soon as it says a word. */
    child.killAt = async (word) => {
      const look = () => result.stdout.includes(word) && child.kill('SIGKILL');
      child.stdout.on('data', look);
      look();
      const { code, stdout } = await child.ended;
      if (code !== 'SIGKILL') throw new Error(`ended before it said ${word}: ${stdout}${result.stderr}`);
    };
    return child;
  }

  run(args, options) {
    return this.start(args, options).ended;
  }

  /** Puts a small toolchain of ours, whose commands are those of the compiler in use. */
  async install() {
    const real = await realCommands();
    for (const name of fs.readdirSync(real)) {
      if (/^wasm32-wasi-(ghc|ghc-pkg|hsc2hs|clang)$/.test(name))
        script(path.join(this.prefix, 'bin', name), relay(path.join(real, name), '/dev/null'));
    }
    const files = path.join(root, 'toolchain', 'files');
    for (const name of ['relocate', 'run-wasi.mjs'])
      fs.cpSync(path.join(files, name), path.join(this.prefix, 'bin', name));
    const lib = path.join(real, '..', 'lib');
    for (const name of ['settings', 'post-link.mjs', 'prelude.js'])
      fs.cpSync(path.join(lib, name), path.join(this.prefix, 'lib', name));
    fs.mkdirSync(path.join(this.prefix, 'lib', 'package.conf.d'));
    fs.writeFileSync(path.join(this.prefix, 'lib', 'package.conf.d', 'package.cache'), '');
    script(path.join(this.prefix, 'root', 'ld.so'), '');
    fs.writeFileSync(path.join(this.prefix, 'programs'), 'root/ld.so\n');
    fs.writeFileSync(path.join(this.prefix, 'place'), `${fs.realpathSync(this.prefix)}\n`);
    // Enough of it that unpacking takes a while.
    for (let at = 0; at < 40; at += 1)
      fs.writeFileSync(
        path.join(this.prefix, 'lib', `ballast-${at}`),
        require('node:crypto').randomBytes(500_000),
      );
    const arch = os.machine();
    fs.writeFileSync(
      path.join(this.prefix, 'toolchain.json'),
      JSON.stringify({ id, recipe: Number(recipe.recipe), ghc: '9.10.3', arch, bytes: 20_000_000 }),
    );
    return this;
  }

  /** Whether somebody would take what is there for a toolchain. */
  get looksWhole() {
    return fs.existsSync(path.join(this.prefix, 'toolchain.json'));
  }
}

/** A copy of the whole compiler in use, if it is ours; it shares its files where the file system can do that. */
async function copyOfCompiler(to) {
  const real = path.dirname(await realCommands());
  fs.mkdirSync(path.dirname(to), { recursive: true });
  try {
    execFileSync('cp', ['-al', real, to], { stdio: 'ignore' });
  } catch {
    fs.rmSync(to, { recursive: true, force: true });
    execFileSync('cp', ['-a', real, to]);
  }
}

/** Serves `handle(request, response)` until the tests end: the address. */
async function served(handle) {
  const server = http.createServer(handle);
  servers.push(server);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${server.address().port}`;
}

module.exports = { Machine, copyOfCompiler, folder, id, realCommands, relay, root, script, served };
