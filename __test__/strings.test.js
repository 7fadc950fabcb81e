'use strict';
// Text between Haskell and JavaScript: UTF-16 on one side, code points on the other, UTF-8 between.

const { failure, instance } = require('./support');

describe('text', () => {
  test.each([
    ['nothing', ''],
    ['ASCII', 'plain "text" \\ \n\t\r'],
    ['a NUL character', 'a\0b\0'],
    ['two-byte and three-byte characters', 'λ → ñ ߿ ࠀ \uffff'],
    ['characters beyond the basic plane', '😀 𝕳𝖘 \u{10ffff}'],
    ['combining characters, not normalised', 'e\u0301 é'],
    ['a byte order mark that is not first', 'a\ufeff'],
  ])('keeps %s', async (_, text) => {
    const { exports } = await instance('strings');
    expect(await exports.echo(text)).toBe(text);
  });

  test('is a list of code points in Haskell', async () => {
    const { exports } = await instance('strings');
    expect(await exports.codePoints('aλ😀\0')).toBe('[97,955,128512,0]');
    expect(await exports.size('😀😀')).toBe(2);
    expect(await exports.reversed('ab😀λ')).toBe('λ😀ba');
    expect(await exports.fromCodePoint(0x1f600)).toBe('😀');
    expect(await exports.fromCodePoint(0)).toBe('\0');
  });

  test.each([
    ['\ud83d', '[65533]'],
    ['\ude00', '[65533]'],
    ['a\ud83db', '[97,65533,98]'],
    ['\ude00\ud83d', '[65533,65533]'],
  ])('has U+FFFD for a lone surrogate: %j', async (text, codePoints) => {
    const { exports } = await instance('strings');
    expect(await exports.codePoints(text)).toBe(codePoints);
    expect(await exports.echo(text)).toBe(text.toWellFormed());
  });

  test('cannot have a surrogate that Haskell made', async () => {
    const { exports } = await instance('strings');
    const error = await failure(() => exports.fromCodePoint(0xd83d));
    expect(error).toBeInstanceOf(WebAssembly.RuntimeError);
    expect(error.message).toContain("cannot encode character '\\55357'");
  });

  test('loses a leading byte order mark on its way out of Haskell, and only there', async () => {
    const { exports } = await instance('strings');
    expect(await exports.codePoints('\ufeffa')).toBe('[65279,97]');
    expect(await exports.echo('\ufeffa')).toBe('a');
    expect(await exports.echo('\ufeff\ufeffa')).toBe('\ufeffa');
  });

  test.each([
    ['one byte', 'x'],
    ['four bytes', '😀'],
  ])('may be a megabyte of characters of %s each', async (_, character) => {
    const { exports } = await instance('strings');
    const length = 2 ** 20;
    const text = await exports.copies(length, character);
    expect(text === character.repeat(length)).toBe(true);
    expect(await exports.size(text)).toBe(length);
  });

  test('is whatever JavaScript gives: what is no string fails only when it is read', async () => {
    const { exports } = await instance('strings');
    const error = await failure(() => exports.size(undefined));
    expect(error).toBeInstanceOf(TypeError);
  });
});
