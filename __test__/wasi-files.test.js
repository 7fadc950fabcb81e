'use strict';
// Preopens: which files a guest has, and every way it may try to get at others.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { failure, instance, ours } = require('./support');
const { cGuest } = require('./support/c');
const { ERRNO, OUT, iovec, preview1 } = require('./support/preview1');
const { run } = require('..');

const READ = 2n;
const WRITE = 64n;
const FOLLOW = 1;
const [CREATE, DIRECTORY, TRUNCATE] = [1, 2, 8];

let root;
let wasi;

/** What is in a folder, by path. */
const contents = (folder) =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const file = path.join(entry.parentPath ?? entry.path, entry.name);
      return [path.relative(folder, file), entry.isFile() ? fs.readFileSync(file, 'utf8') : null];
    })
    .sort();

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'hs-wasm-files-'));
  for (const folder of ['inside/sub', 'outside/full', 'other']) {
    fs.mkdirSync(path.join(root, folder), { recursive: true });
  }
  fs.writeFileSync(path.join(root, 'inside/a.txt'), 'a');
  fs.writeFileSync(path.join(root, 'outside/secret.txt'), 'secret');
  const links = {
    absolute: path.join(root, 'outside/secret.txt'),
    'absolute-folder': path.join(root, 'outside'),
    relative: '../outside/secret.txt',
    folder: '../outside',
    'sub/folder': '../../outside',
    dangling: '../outside/new',
    twice: 'relative',
    loop: 'loop',
    within: 'a.txt',
  };
  for (const [link, target] of Object.entries(links)) {
    fs.symlinkSync(target, path.join(root, 'inside', link));
  }
});

afterEach(() => {
  wasi?.instance.dispose();
  wasi = undefined;
  fs.rmSync(root, { recursive: true, force: true });
});

const preopens = () => ({ '/inside': path.join(root, 'inside') });
const open = (file, { lookup = FOLLOW, oflags = 0, rights = READ, fd = 3 } = {}) => [
  'path_open',
  fd,
  lookup,
  file,
  oflags,
  rights,
  rights,
  0,
  OUT,
];

describe('a guest does not get out of its preopen', () => {
  const written = { oflags: CREATE, rights: WRITE };
  const folder = { oflags: DIRECTORY };

  ours.each([
    ['by ..', open('../outside/secret.txt')],
    ['by .. in the middle', open('sub/../../outside/secret.txt')],
    ['by .. alone', open('..', folder)],
    ['by .. and a trailing slash', open('../', folder)],
    ['by .. after a folder that is not there', open('none/../../outside/secret.txt')],
    ['by an absolute path', open('/etc/passwd')],
    ['by a path of slashes', open('//etc/passwd')],
    ['by an absolute link', open('absolute')],
    ['by an absolute link and a trailing slash', open('absolute/')],
    ['by an absolute link to a folder', open('absolute-folder', folder)],
    ['by a path through an absolute link', open('absolute-folder/secret.txt')],
    ['by a relative link', open('relative')],
    ['by a link to a link', open('twice')],
    ['by a link to itself', open('loop')],
    ['by a link to a folder', open('folder', folder)],
    ['by a link to a folder and a trailing slash', open('folder/', folder)],
    ['by a link to a folder and a dot', open('folder/.', folder)],
    ['by a path through a link', open('folder/secret.txt')],
    ['by a path through a link in a folder', open('sub/folder/secret.txt')],
    ['by a link, not followed, and a trailing slash', open('folder/', { ...folder, lookup: 0 })],
    ['by creating what a dangling link names', open('dangling', written)],
    ['by creating what a dangling link names, not followed', open('dangling', { ...written, lookup: 0 })],
    ['by creating beyond ..', open('../outside/new', written)],
    ['by creating through a link', open('folder/new', written)],
    ['by truncating through a link', open('relative', { oflags: TRUNCATE, rights: WRITE })],
    ['by a NUL in a path', open('a.txt\0/../../outside/secret.txt')],
    ['by making a folder beyond ..', ['path_create_directory', 3, '../outside/new']],
    ['by making a folder through a link', ['path_create_directory', 3, 'folder/new']],
    ['by making a folder with a trailing slash', ['path_create_directory', 3, 'folder/new/']],
    ['by making the folder that a dangling link names', ['path_create_directory', 3, 'dangling/']],
    ['by renaming out beyond ..', ['path_rename', 3, 'a.txt', 3, '../outside/new']],
    ['by renaming out through a link', ['path_rename', 3, 'a.txt', 3, 'folder/new']],
    ['by renaming in from beyond ..', ['path_rename', 3, '../outside/secret.txt', 3, 'new']],
    ['by renaming in through a link', ['path_rename', 3, 'folder/secret.txt', 3, 'new']],
    ['by renaming a folder out', ['path_rename', 3, 'sub', 3, '../outside/new/']],
    ['by a hard link to beyond ..', ['path_link', 3, 0, '../outside/secret.txt', 3, 'new']],
    ['by a hard link through a link', ['path_link', 3, 0, 'folder/secret.txt', 3, 'new']],
    ['by a hard link that follows a link', ['path_link', 3, FOLLOW, 'relative', 3, 'new']],
    ['by a hard link made beyond ..', ['path_link', 3, 0, 'a.txt', 3, '../outside/new']],
    ['by a hard link made through a link', ['path_link', 3, 0, 'a.txt', 3, 'folder/new']],
    ['by making an absolute link', ['path_symlink', '/etc/passwd', 3, 'new']],
    ['by making a link beyond ..', ['path_symlink', 'a.txt', 3, '../outside/new']],
    ['by making a link through a link', ['path_symlink', 'a.txt', 3, 'folder/new']],
    ['by removing beyond ..', ['path_unlink_file', 3, '../outside/secret.txt']],
    ['by removing through a link', ['path_unlink_file', 3, 'folder/secret.txt']],
    ['by removing a link with a trailing slash', ['path_unlink_file', 3, 'relative/']],
    ['by removing a folder beyond ..', ['path_remove_directory', 3, '../outside/full']],
    ['by removing a folder through a link', ['path_remove_directory', 3, 'folder/full']],
    ['by removing a folder with a trailing slash', ['path_remove_directory', 3, 'folder/full/']],
    ['by asking about what is beyond ..', ['path_filestat_get', 3, FOLLOW, '../outside/secret.txt', OUT]],
    ['by asking about what a link names', ['path_filestat_get', 3, FOLLOW, 'relative', OUT]],
    ['by asking through a link', ['path_filestat_get', 3, 0, 'folder/secret.txt', OUT]],
    ['by touching beyond ..', ['path_filestat_set_times', 3, 0, '../outside/secret.txt', 0, 1, 4]],
    ['by touching what a link names', ['path_filestat_set_times', 3, FOLLOW, 'relative', 0, 1, 4]],
    ['by reading a link beyond ..', ['path_readlink', 3, '../inside/within', OUT + 64, 100, OUT]],
  ])('%s', async (_, [name, ...args]) => {
    wasi = await preview1({ preopens: preopens() });
    const before = [contents(path.join(root, 'inside')), contents(path.join(root, 'outside'))];
    const { mtimeMs } = fs.statSync(path.join(root, 'outside/secret.txt'));
    expect(wasi.call(name, ...args).errno).not.toBe(ERRNO.success);
    expect([contents(path.join(root, 'inside')), contents(path.join(root, 'outside'))]).toEqual(before);
    expect(fs.statSync(path.join(root, 'outside/secret.txt')).mtimeMs).toBe(mtimeMs);
  });

  ours('by a link it makes itself, nor from a folder it has opened', async () => {
    wasi = await preview1({ preopens: preopens() });
    wasi.call('path_symlink', '../outside/secret.txt', 3, 'made');
    expect(wasi.call(...open('made')).errno).not.toBe(ERRNO.success);
    expect(wasi.call(...open('sub', folder)).errno).toBe(ERRNO.success);
    expect(wasi.call(...open('../a.txt', { fd: 4 })).errno).not.toBe(ERRNO.success);
    expect(wasi.call(...open('../../outside/secret.txt', { fd: 4 })).errno).not.toBe(ERRNO.success);
  });

  ours('while links within it lead where they should', async () => {
    wasi = await preview1({ preopens: preopens() });
    expect(wasi.call(...open('within')).errno).toBe(ERRNO.success);
    expect(wasi.call(...open('sub/../within')).errno).toBe(ERRNO.success);
    expect(wasi.call('fd_read', 4, iovec(10), OUT).text(64, 1)).toBe('a');
  });
});

describe('a read-only preopen stays as it is', () => {
  ours.each([
    ['no file is made', open('new', { oflags: CREATE, rights: WRITE })],
    ['no file is opened for writing', open('a.txt', { rights: WRITE })],
    ['no file is truncated', open('a.txt', { oflags: TRUNCATE, rights: WRITE })],
    ['no file is truncated while it is read', open('a.txt', { oflags: TRUNCATE })],
    ['no folder is made', ['path_create_directory', 3, 'new']],
    ['nothing is renamed', ['path_rename', 3, 'a.txt', 3, 'b.txt']],
    ['nothing is renamed to elsewhere', ['path_rename', 3, 'a.txt', 4, 'b.txt']],
    ['nothing comes from elsewhere', ['path_rename', 4, 'there.txt', 3, 'b.txt']],
    ['no hard link is made', ['path_link', 3, 0, 'a.txt', 3, 'b.txt']],
    ['no hard link is made elsewhere, where it could be written', ['path_link', 3, 0, 'a.txt', 4, 'b.txt']],
    ['no symbolic link is made', ['path_symlink', 'a.txt', 3, 'b.txt']],
    ['no file is removed', ['path_unlink_file', 3, 'a.txt']],
    ['no folder is removed', ['path_remove_directory', 3, 'sub']],
    ['no times are set', ['path_filestat_set_times', 3, 0, 'a.txt', 0, 1, 4]],
  ])('%s', async (_, [name, ...args]) => {
    fs.writeFileSync(path.join(root, 'other/there.txt'), 'there');
    fs.rmSync(path.join(root, 'inside/sub/folder'));
    const inside = path.join(root, 'inside');
    wasi = await preview1({
      preopens: { '/inside': { path: inside, readOnly: true }, '/other': path.join(root, 'other') },
    });
    const { mtimeMs } = fs.statSync(path.join(inside, 'a.txt'));
    const before = [contents(inside), contents(path.join(root, 'other'))];
    expect(wasi.call(name, ...args).errno).not.toBe(ERRNO.success);
    expect([contents(inside), contents(path.join(root, 'other'))]).toEqual(before);
    expect(fs.statSync(path.join(inside, 'a.txt')).mtimeMs).toBe(mtimeMs);
  });

  ours('also through a descriptor that reads', async () => {
    wasi = await preview1({ preopens: { '/inside': { path: path.join(root, 'inside'), readOnly: true } } });
    expect(wasi.call(...open('a.txt')).errno).toBe(ERRNO.success);
    expect(wasi.call('fd_write', 4, iovec('x'), OUT).errno).not.toBe(ERRNO.success);
    expect(wasi.call('fd_pwrite', 4, iovec('x'), 0, OUT).errno).not.toBe(ERRNO.success);
    expect(wasi.call('fd_filestat_set_size', 4, 0).errno).not.toBe(ERRNO.success);
    expect(wasi.call('fd_allocate', 4, 0, 100).errno).not.toBe(ERRNO.success);
    expect(wasi.call('fd_filestat_set_times', 4, 0, 1, 4).errno).not.toBe(ERRNO.success);
    expect(wasi.call('fd_read', 4, iovec(10), OUT).text(64, 1)).toBe('a');
  });
});

describe('preopens', () => {
  ours('are the descriptors from 3 on, in their order', async () => {
    const folders = { '/z': path.join(root, 'inside'), '/a': path.join(root, 'other'), '.': root };
    wasi = await preview1({ preopens: folders });
    const names = Object.keys(folders).map((name, index) =>
      wasi.call('fd_prestat_dir_name', 3 + index, OUT, name.length).text(0, name.length),
    );
    expect(names).toEqual(['/z', '/a', '.']);
    expect(wasi.call('fd_prestat_get', 6, OUT).errno).toBe(ERRNO.badf);
  });

  ours.each([
    ['inside/a.txt', /must be a folder, found the file .*a\.txt; give the folder that it is in/],
    ['nowhere', /must be a folder, but there is no .*nowhere; make it first/],
  ])('are folders that exist: %s is refused in words', async (file, words) => {
    const wrong = { preopens: { '/data': path.join(root, file) } };
    for (const refused of [
      await failure(() => preview1(wrong)),
      await failure(async () => run(await cGuest('terminals'), wrong)),
    ]) {
      expect(refused).toBeInstanceOf(TypeError);
      expect(refused.code).toBe('ERR_INVALID_ARG_VALUE');
      expect(refused.message).toMatch(/^options\.preopens\['\/data'\]: /);
      expect(refused.message).toMatch(words);
    }
  });
});

describe('PWD', () => {
  const cwd = async (PWD, folders) => {
    const { exports } = await instance('world', { env: { PWD }, preopens: folders });
    return exports.workingFolder();
  };

  ours('is the working folder of Haskell programs', async () => {
    expect(await cwd('/in/sub', { '/in': path.join(root, 'inside') })).toBe('/in/sub');
    expect(await cwd('/sub', { '/': path.join(root, 'inside') })).toBe('/sub');
    expect(await cwd(undefined, { '/in': path.join(root, 'inside') })).toBe('/');
  });

  ours('of a whole environment that was handed on does no harm where it is in no preopen', async () => {
    expect(await cwd(process.cwd(), { '/in': path.join(root, 'inside') })).toBe('/');
    expect(await cwd('/inside-out', { '/in': path.join(root, 'inside') })).toBe('/');
  });

  ours('that does not exist ends the program with words', async () => {
    const stderr = require('./support').sink();
    const options = { env: { PWD: '/in/none' }, preopens: { '/in': root }, stderr };
    expect(await failure(() => instance('world', options))).toMatchObject({
      code: 'ERR_HS_EXIT',
      exitCode: 1,
    });
    expect(stderr.text).toContain('chdir(/in/none) failed');
  });
});
