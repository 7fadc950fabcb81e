'use strict';
// Every code example of the user's guide, "Using the GHC WebAssembly backend", does what it says there.

const http = require('node:http');
const { once } = require('node:events');
const { failure, instance } = require('./support');

describe("the guide's imports", () => {
  test('console.log($1) prints', async () => {
    const { exports } = await instance('guide-imports');
    const log = jest.spyOn(console, 'log').mockImplementation(() => {});
    await exports.printText('hello λ');
    expect(log.mock.calls).toEqual([['hello λ']]);
    log.mockRestore();
  });

  test("typeof $1 === 'object' is a Bool", async () => {
    const { exports } = await instance('guide-imports');
    const values = [{}, null, [], 'text', () => 1];
    expect(await Promise.all(values.map((value) => exports.isObject(value)))).toEqual([1, 1, 1, 0, 0]);
  });

  test('statements with a loop return a factorial', async () => {
    const { exports } = await instance('guide-imports');
    expect(await exports.factorial(10)).toBe(3_628_800);
    expect(await exports.factorial(0)).toBe(1);
  });

  test('sleep waits', async () => {
    const { exports } = await instance('guide-imports');
    const woken = [];
    await Promise.all([30, 1].map(async (ms) => woken.push(await exports.sleep(ms).then(() => ms))));
    expect(woken).toEqual([1, 30]);
  });

  test('fetch reads from a server', async () => {
    const server = http.createServer((request, response) => response.end(`you asked for ${request.url}`));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { exports } = await instance('guide-imports');
    const url = `http://127.0.0.1:${server.address().port}`;
    const text = await exports.fetchText(`${url}/λ`);
    server.closeAllConnections();
    server.close();
    expect(text).toBe('you asked for /%CE%BB');
    expect((await failure(() => exports.fetchText('no url'))).message).toMatch(/^JSException "TypeError/);
  });

  test('a logger works as "dynamic" and by hand', async () => {
    const { exports } = await instance('guide-imports');
    const log = jest.spyOn(console, 'log').mockImplementation(() => {});
    await exports.logTwice('twice');
    expect(log.mock.calls).toEqual([['twice'], ['twice']]);
    log.mockRestore();
  });
});

describe("the guide's exports", () => {
  test('await my_fib(10)', async () => {
    const { exports } = await instance('guide-exports');
    expect(await exports.my_fib(10)).toBe(55);
  });

  test('a BinOp is a JavaScript function', async () => {
    const { exports } = await instance('guide-exports');
    const [plus, times] = [await exports.operator('+'), await exports.operator('*')];
    expect([await plus(3, 4), await times(3, 4)]).toEqual([7, 12]);
    const unknown = await exports.operator('?');
    expect((await failure(() => unknown(3, 4))).message).toMatch(/^unknown operator/);
  });

  test('isJSFFIUsed is True where JSFFI is used', async () => {
    const { exports } = await instance('guide-exports');
    expect(await exports.usesJSFFI()).toBe(1);
  });
});
