'use strict';
// The recipe for cabal, with an apt that is a stand-in: its package holds a script and a loader that runs it.

const fs = require('node:fs');
const path = require('node:path');
const { execFileSync, spawn } = require('node:child_process');
const { folder, script } = require('./support/machines');
const { onReference } = require('./support');

jest.setTimeout(120_000);

const recipe = path.join(__dirname, '..', 'toolchain', 'cabal.sh');

/** A Debian package with these files, each a script. */
function debian(files) {
  const tree = folder();
  for (const [name, text] of Object.entries(files)) script(path.join(tree, name), text);
  fs.mkdirSync(path.join(tree, 'DEBIAN'));
  fs.writeFileSync(
    path.join(tree, 'DEBIAN', 'control'),
    'Package: cabal-install\nVersion: 3.12\nArchitecture: all\nMaintainer: Nobody <nobody@example.org>\nDescription: stand-in\n',
  );
  const file = path.join(folder(), 'cabal-install.deb');
  execFileSync('dpkg-deb', ['--root-owner-group', '-b', tree, file], { stdio: 'ignore' });
  return file;
}

/** A package whose cabal says `says`, with its loader and files that nobody needs. */
const working = (says = 'echo 3.12.1.0') =>
  debian({
    'usr/bin/cabal': `#!/bin/sh\n${says}\n`,
    'usr/lib/x/ld-linux-stand-in.so.2': '#!/bin/sh\nshift 2\nexec sh "$@"\n',
    'usr/share/doc/cabal-install/copyright': '',
  });

/** A machine with one mirror, whose cabal-install is the file `deb`, or that has none; `download` is what apt does. */
function machine({ deb = '', download = `cp '${deb}' .` } = {}) {
  const bin = folder();
  script(path.join(bin, 'apt-config'), '#!/bin/sh\n');
  script(
    path.join(bin, 'apt-cache'),
    `#!/bin/sh
case "$*" in
  "depends "*) echo '  Depends: libc6' ;;
  "show "*" ghc") echo 'Version: 9.10.3-1' ;;
  "show "*" cabal-install") ${deb ? "echo 'Version: 3.12.1.0-1'" : ':'} ;;
esac
`,
  );
  script(
    path.join(bin, 'apt-get'),
    `#!/bin/sh\ncase " $* " in *" --print-uris "* | *" update "*) ;; *) ${download} ;; esac\n`,
  );
  return {
    ...process.env,
    PATH: `${bin}${path.delimiter}${process.env.PATH}`,
    HS_WASM_MIRROR: 'http://mirror.invalid/packages',
  };
}

/** Runs the recipe; `kill` is a word of its reports at which it and all it started are killed. */
function install(prefix, env, kill) {
  const child = spawn('bash', [recipe, prefix], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    if (kill && stdout.includes(kill)) process.kill(-child.pid, 'SIGKILL');
  });
  return new Promise((resolve) => {
    child.on('close', (code, signal) => resolve({ code: code ?? signal, stdout }));
  });
}

const cabalIn = (prefix) => path.join(prefix, 'bin', 'cabal');
const version = (prefix) => execFileSync(cabalIn(prefix), ['--numeric-version'], { encoding: 'utf8' }).trim();

(onReference ? describe.skip : describe)('cabal from the distribution', () => {
  test('is unpacked without what nobody needs, works where it is moved to, and is not fetched twice', async () => {
    const prefix = path.join(folder(), 'cabal');
    expect(await install(prefix, machine({ deb: working() }))).toMatchObject({ code: 0 });
    expect(version(prefix)).toBe('3.12.1.0');
    expect(fs.readdirSync(path.join(prefix, 'root', 'usr')).sort()).toEqual(['bin', 'lib']);
    expect(fs.existsSync(path.join(prefix, 'work'))).toBe(false);
    const moved = `${prefix}-moved`;
    fs.renameSync(prefix, moved);
    expect(version(moved)).toBe('3.12.1.0');
    expect(await install(moved, machine())).toMatchObject({ code: 0 });
    expect(version(moved)).toBe('3.12.1.0');
  });

  test.each([
    ['the suite lacks it', {}, 'has no package cabal-install'],
    ['the mirror is gone', { deb: 'x', download: 'exit 100' }, 'a download failed'],
    ['a download is no package', { deb: 'x', download: 'echo x >x.deb' }, 'the step "unpack" failed'],
    ['it does not work here', { deb: () => working('exit 127') }, 'the step "command" failed'],
  ])('leaves no cabal when %s, and the next install makes one', async (_, { deb, ...how }, message) => {
    const prefix = path.join(folder(), 'cabal');
    const wrong = machine({ deb: typeof deb === 'function' ? deb() : deb, ...how });
    expect(await install(prefix, wrong)).toEqual({ code: 1, stdout: expect.stringContaining(message) });
    expect(fs.existsSync(cabalIn(prefix))).toBe(false);
    expect(await install(prefix, machine({ deb: working() }))).toMatchObject({ code: 0 });
    expect(version(prefix)).toBe('3.12.1.0');
  });

  test.each(['fetch', 'unpack'])('that is killed in %s is installed by the next run', async (phase) => {
    const prefix = path.join(folder(), 'cabal');
    const deb = working();
    const slow = machine({ deb, download: `cp '${deb}' .; sleep ${phase === 'fetch' ? 60 : 0}` });
    script(path.join(slow.PATH.split(path.delimiter)[0], 'dpkg-deb'), '#!/bin/sh\nsleep 60\n');
    expect(await install(prefix, slow, `${phase} `)).toMatchObject({ code: 'SIGKILL' });
    expect(fs.existsSync(cabalIn(prefix))).toBe(false);
    expect(await install(prefix, machine({ deb }))).toMatchObject({ code: 0 });
    expect(version(prefix)).toBe('3.12.1.0');
  });

  test('is installed once by two at a time', async () => {
    const prefix = path.join(folder(), 'cabal');
    const env = machine({ deb: working() });
    const both = await Promise.all([install(prefix, env), install(prefix, env)]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(both.filter(({ stdout }) => stdout.includes('unpack '))).toHaveLength(1);
  });
});
