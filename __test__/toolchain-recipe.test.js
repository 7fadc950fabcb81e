'use strict';
// The recipe itself, as far as it goes in seconds: what it says when a machine or a mirror is not as it should be, and
// that it can be killed. The whole of it runs in `npm run bench:toolchain` and `npm run test:toolchain`.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { Machine, script } = require('./support/machines');
const { onReference } = require('./support');

jest.setTimeout(120_000);

/**
 * A machine whose apt is a stand-in, with one mirror that has GHC's packages. They hold nothing: an install comes to its
 * second step, or less far by what `wrong` is.
 */
function withApt({ wrong = '' } = {}) {
  const machine = new Machine();
  const bin = machine.path('bin');
  script(path.join(bin, 'apt-config'), '#!/bin/sh\nexit 0\n');
  script(
    path.join(bin, 'apt-cache'),
    `#!/bin/sh
case "$1 $*" in
  "depends "*) echo '  Depends: libc6' ;;
  "pkgnames "*) echo libclang-rt-22-dev-wasm32 ;;
  "show "*" ghc") printf 'Package: ghc\\nVersion: 9.10.3-1\\n' ;;
  "show "*) shift; for name; do case $name in -*) ;; *) printf 'Package: %s\\n' "$name" ;; esac; done ;;
esac
`,
  );
  script(
    path.join(bin, 'apt-get'),
    `#!/bin/sh
sum=$(printf x | sha256sum | cut -d' ' -f1)
case " $* " in
  *" --print-uris "*" update "*) echo "'http://mirror.invalid/packages/dists/forky/InRelease' x 0" ;;
  *" update "*) [ "${wrong}" != mirror ] ;;
  *" --print-uris "*" source "*) echo "'http://x/ghc.tar.xz' ghc_9.10.3.orig.tar.xz 1 SHA256:$sum" ;;
  *" --print-uris download "*) echo "'http://x/ghc.deb' ghc.deb 1 SHA256:$sum" ;;
  *" download "*) ${wrong === 'checksum' ? 'printf y' : 'printf x'} >ghc.deb; ${wrong === 'download' ? 'exit 100' : ''} ${wrong === 'slow' ? 'echo dlstatus:1:50.0:x >&4; sleep 60' : ''} ;;
  *" source "*) printf x >ghc_9.10.3.orig.tar.xz ;;
esac
`,
  );
  machine.env.PATH = `${bin}${path.delimiter}${machine.env.PATH}`;
  machine.env.HS_WASM_MIRROR = '';
  return machine;
}

(onReference ? describe.skip : describe)('an install', () => {
  test.each([
    ['mirror', 'found no archive with ghc 9.10'],
    ['download', 'a download failed. Is the network up?'],
    ['checksum', 'a downloaded package differs from its checksum'],
  ])('says that the %s is wrong, and leaves nothing that looks whole', async (wrong, message) => {
    const machine = withApt({ wrong });
    const { code, stderr } = await machine.run(['toolchain', 'install']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(message) });
    expect(machine.looksWhole).toBe(false);
    const listed = await machine.run(['toolchain', 'list']);
    expect(listed.stdout).toContain('not finished: install goes on');
    expect((await machine.run(['toolchain', 'path'])).code).toBe(1);
  });

  test('fetches again what differed from its checksum', async () => {
    const machine = withApt({ wrong: 'checksum' });
    await machine.run(['toolchain', 'install']);
    expect(fs.readFileSync(path.join(machine.prefix, 'work', 'debs', 'ghc.deb'), 'utf8')).toBe('y');
    Object.assign(machine.env, { PATH: withApt().env.PATH });
    const { stderr } = await machine.run(['toolchain', 'install']);
    // The packages are whole now; that they hold nothing is the next step's complaint.
    expect(stderr).toContain('the step "unpack" failed');
    expect(fs.existsSync(path.join(machine.prefix, 'work', 'done', 'fetch'))).toBe(true);
  });

  test('that is killed leaves nothing running, and the next takes over', async () => {
    const machine = withApt({ wrong: 'slow' });
    await machine.start(['toolchain', 'install', '--json']).killAt('"packages"');
    Object.assign(machine.env, { PATH: withApt().env.PATH });
    // A process of the first would hold the recipe's lock: this would wait for it.
    const { stderr, stdout } = await machine.run(['toolchain', 'install', '--json']);
    expect(stderr).toContain('the step "unpack" failed');
    expect(stdout).not.toContain('"wait"');
  });

  test('that was moved while it was unfinished starts clean', async () => {
    const machine = withApt();
    await machine.run(['toolchain', 'install']);
    const moved = withApt();
    fs.mkdirSync(path.dirname(moved.prefix), { recursive: true });
    fs.renameSync(machine.prefix, moved.prefix);
    fs.writeFileSync(path.join(moved.prefix, 'work', 'done', 'unpack'), '');
    const { stderr } = await moved.run(['toolchain', 'install']);
    expect(stderr).toContain('the step "unpack" failed');
  });

  test('that another version of the recipe began starts clean', async () => {
    const machine = withApt();
    await machine.run(['toolchain', 'install']);
    const work = path.join(machine.prefix, 'work');
    const place = fs.readFileSync(path.join(work, 'place'), 'utf8');
    fs.writeFileSync(path.join(work, 'place'), place.replace(/ \d+ \d+\n$/, ' 1 2\n'));
    fs.writeFileSync(path.join(work, 'done', 'unpack'), '');
    const { stderr } = await machine.run(['toolchain', 'install']);
    expect(stderr).toContain('the step "unpack" failed');
    expect(fs.readFileSync(path.join(work, 'place'), 'utf8')).toBe(place);
  });

  test('says what the machine lacks', async () => {
    const machine = withApt();
    script(machine.path('bin', 'df'), '#!/bin/sh\nprintf "Filesystem\\n/dev/x 1 1 102400 1 /\\n"\n');
    const { code, stderr } = await machine.run(['toolchain', 'install']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('has 100 MB free') });
    const spaced = { HS_WASM_CACHE: machine.path('a b') };
    const refused = await machine.run(['toolchain', 'install'], spaced);
    expect(refused.stderr).toContain('Set HS_WASM_CACHE to a folder with a plain name');
  });
});

(onReference ? describe.skip : describe)("a change of GHC's source", () => {
  const LIB = path.join(__dirname, '..', 'toolchain', 'lib');

  /** What the recipe makes of a file that holds `text`, when it wants `new` in the place of `old`. */
  function replaced(text) {
    const machine = new Machine();
    const file = machine.path('M.hs');
    fs.writeFileSync(file, text);
    const run = spawnSync(
      'bash',
      [
        '-c',
        `VER=9.10.3 recipe=3; . "$1/common.sh"; . "$1/patches.sh"; exec 3>&1; replace "$2" old "new & \\1"`,
        'x',
        LIB,
        file,
      ],
      { encoding: 'utf8' },
    );
    return { code: run.status, said: run.stdout, text: fs.readFileSync(file, 'utf8') };
  }

  test('is made', () => {
    expect(replaced('an old text\n')).toEqual({ code: 0, said: '', text: 'an new & \\1 text\n' });
  });

  test.each(['another text\n', 'an old text\nold\n'])(
    'ends the build where the source is another: %j',
    (text) => {
      const { code, said, text: after } = replaced(text);
      expect({ code, after }).toEqual({ code: 1, after: text });
      expect(said).toContain('of GHC 9.10.3 does not hold this text exactly once: old.');
    },
  );
});

(onReference ? describe.skip : describe)("a library's Setup", () => {
  const LIB = path.join(__dirname, '..', 'toolchain', 'lib');

  /** How one ends that asks an interpreter that is played by `part`: it reads the names of requests from stdin. */
  function ended(part) {
    const machine = new Machine();
    const work = machine.path('work');
    fs.mkdirSync(path.join(work, 'log'), { recursive: true });
    const run = spawnSync(
      'bash',
      [
        '-c',
        `set -euo pipefail
WORK=$1 HERE=$2/.. niceness=3 setup_seconds=0; . "$2/setups.sh"
run_haskell() { ${part}; }
start_setups
status=0
run_setup pretty simple configure --flag -- build || status=$?
stop_setups || true
echo "$status, $setup_seconds s: $(tr '\\0' ' ' <"$WORK/setups/pretty" | sed "s#$WORK#W#g")"`,
        'x',
        work,
        LIB,
      ],
      { encoding: 'utf8', cwd: work, timeout: 60_000 },
    );
    return run.stdout;
  }
  const asked = 'W W/log/pretty.log W/setups/pretty.reply 3 simple configure --flag -- build';

  test('is run by the one interpreter, which is told everything', () => {
    const said = ended('read -r request; echo done 1.5 >"$request.reply"; cat');
    expect(said.trim()).toBe(`0, 1.5 s: ${asked}`);
  });

  test.each([
    ['fails', 'read -r request; echo failed >"$request.reply"; cat'],
    ['loses its interpreter', 'read -r request; echo stack overflow; return 2'],
  ])('that %s ends the build of its library', (_, part) => {
    const said = ended(part);
    expect(said).toMatch(/^1, /m);
    expect(said.includes('stack overflow')).toBe(part.includes('overflow'));
  });
});
