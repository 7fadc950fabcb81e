'use strict';
// foreign import ccall "wrapper" and "dynamic": C function pointers of Haskell functions, and calls of C function
// pointers. What a compiler with libffi gives, its own included.

const { command, engine, instance, sink } = require('./support');
const { cbits } = require('./support/cbits');
const { signatures } = require('./support/signatures');

const events = () => command('ccall-events', { ghcOptions: cbits('ccall-events') });
const pointers = (what) => command('ccall-pointers', { args: [what] });
const reactor = (options) =>
  instance('ccall-reactor', { ghcOptions: cbits('ccall-reactor'), stderr: 'ignore', ...options });

describe('"wrapper"', () => {
  test('qsort compares with a Haskell function', async () => {
    expect((await events()).stdout.split('\n')[0]).toBe('[9,6,4,3,2,1,-1,-5]');
  });

  test('a C library keeps callbacks with their user data, and calls them', async () => {
    const seen = JSON.stringify([['ready', 'schön', 'done']])
      .slice(1, -1)
      .replace('ö', '\\246');
    expect((await events()).stdout.split('\n')[1]).toBe(`([1,2],[${seen},${seen}])`);
  });

  test('arguments and results of every size arrive', async () => {
    const { stdout, stderr, exitCode } = await events();
    expect(stdout.trim().split('\n').slice(2)).toEqual(['-9223372036854710400', '-2.5e299', '2.5', '-57']);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  });

  test('every signature of up to two arguments, and some of four and eight', async () => {
    const { source, count } = signatures();
    const ghcOptions = ['-optc-DFFI_POOL_SIZE=16'];
    const { stdout, stderr } = await engine.run({ source }, { ghcOptions, optimize: 0 });
    expect({ stdout, stderr }).toEqual({ stdout: `${count} of ${count}\n`, stderr: '' });
  });

  test('freeHaskellFunPtr gives pointers back: 100,000 one after the other', async () => {
    expect(await pointers('recycle')).toMatchObject({ stdout: '(True,2)\n', exitCode: 0 });
  });

  test('too many at once end the program, saying of which type and what to do', async () => {
    const { stdout, stderr, exitCode } = await pointers('exhaust');
    expect(stdout.trim().split('\n').pop()).toBe('128');
    expect(stderr).toMatch(/all 128 C function pointers of the type \(i32\) -> i32 are in use/);
    expect(stderr).toMatch(/freeHaskellFunPtr, or compile[^]*-optc-DFFI_POOL_SIZE=1024/);
    expect(exitCode).toBe(1);
  });

  test('there are as many as the module of the import was compiled for', async () => {
    const options = { args: ['exhaust'], ghcOptions: ['-optc-DFFI_POOL_SIZE=256'] };
    const { stdout } = await command('ccall-pointers', options);
    expect(stdout.trim().split('\n').pop()).toBe('256');
  });

  test('a call of a freed pointer ends the program, saying so', async () => {
    const { stdout, stderr, exitCode } = await pointers('freed');
    expect(stderr).toMatch(/called a function pointer of the type \(i32\) -> i32 after freeHaskellFunPtr/);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
  });

  test('an exception that is caught in the callback stays there', async () => {
    const { stdout, exitCode } = await pointers('caught');
    expect({ stdout, exitCode }).toEqual({
      stdout: 'in the callback: divide by zero\n[2,-1]\n',
      exitCode: 0,
    });
  });

  test('an exception that leaves the callback ends the program: C has none', async () => {
    const { stdout, stderr, exitCode } = await pointers('uncaught');
    expect(stderr).toMatch(/user error \(from the callback\)/);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
  });

  test('costs a module without it nothing, and one with it some kilobytes', async () => {
    const type = '(Int -> IO Double)';
    const main = (action) => `main :: IO ()\nmain = ${action}`;
    const sources = [
      main('print (0 :: Int)'),
      `import Foreign\nforeign import ccall "wrapper" make :: ${type} -> IO (FunPtr ${type})\n` +
        main('make (pure . fromIntegral) >>= print . (/= nullFunPtr)'),
    ];
    const modules = sources.map((source) => engine.compile({ source: `module Main where\n${source}` }));
    const [without, using] = (await Promise.all(modules)).map(({ wasm }) => Buffer.from(wasm));
    expect(['ffi_closure_enter', 'ffi_slot'].map((name) => without.includes(name))).toEqual([false, false]);
    expect(['ffi_slot_di_00', 'ffi_slot_di_7f'].map((name) => using.includes(name))).toEqual([true, true]);
    expect(using.length - without.length).toBeLessThan(20_000);
  });
});

describe('"dynamic"', () => {
  test('calls pointers to Haskell and to C', async () => {
    expect(await pointers('dynamic')).toMatchObject({ stdout: '([4,-12],1.4142135623730951)\n' });
  });
});

describe('finalizers', () => {
  test('of Foreign.Concurrent run Haskell, those in C run with newForeignPtr', async () => {
    expect(await pointers('finalizers')).toMatchObject({ stdout: '10\n', stderr: '', exitCode: 0 });
  });

  test('in C have run after the collection that follows', async () => {
    const { exports } = await reactor();
    await exports.collect(50);
    await exports.collect(0);
    expect(await exports.finalized()).toBe(50);
  });
});

describe('in a reactor', () => {
  test('a pointer outlives the call that made it, and its function may call JavaScript', async () => {
    const seen = [];
    const { exports } = await reactor({ imports: { seen: (event) => seen.push(event) } });
    await exports.listen(3);
    expect(await exports.emit(2)).toBe(6n << 32n);
    expect(await exports.emit(-1)).toBe(-3n << 32n);
    expect(seen).toEqual([2, -1]);
  });

  test.each([
    ['throws', 'failing', 'emit', /user error \(from the callback\)/],
    ['waits for a promise', 'waiting', 'emit', /WouldBlockException/],
    ['is called by an unsafe import', 'listen', 'emitUnsafely', /re-entered unsafely[^]*should be 'safe'/],
  ])('a callback that %s ends the instance, saying why', async (_, register, emit, said) => {
    const stderr = sink();
    const { exports } = await reactor({ stderr, imports: { later: async (n) => n, seen: () => {} } });
    await exports[register](1);
    await expect(exports[emit](1)).rejects.toMatchObject({ code: 'ERR_HS_EXIT', exitCode: 1 });
    await expect(exports[emit](1)).rejects.toMatchObject({ code: 'ERR_HS_CLOSED' });
    expect(stderr.text).toMatch(said);
  });
});

describe('libffi from C', () => {
  test('calls functions of types known at run time, with up to four arguments', async () => {
    const { stdout, stderr, exitCode } = await command('ccall-libffi', { ghcOptions: cbits('ccall-libffi') });
    expect(stdout).toBe('');
    expect(stderr).toMatch(/ffi_call: 5 arguments; wasm has it for up to 4/);
    expect(exitCode).toBe(1);
  });
});
