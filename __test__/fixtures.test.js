'use strict';
// The fixtures themselves: each is used, short, and says in its first line what it shows.

const fs = require('node:fs');
const path = require('node:path');
const { fixture, fixtures } = require('./support');

const read = (folder) =>
  fs
    .readdirSync(path.join(__dirname, folder))
    .filter((file) => /\.m?js$/.test(file))
    .map((file) => fs.readFileSync(path.join(__dirname, folder, file), 'utf8'))
    .join('\n');

const specs = read('.') + read('hazards');

describe.each(fixtures())('the fixture %s', (name) => {
  test('is used by a spec', () => {
    const conformance = name.startsWith('conformance-') && specs.includes("startsWith('conformance-')");
    expect(conformance || specs.includes(`'${name}'`)).toBe(true);
  });

  test('is at most sixty lines and says what it shows', () => {
    const lines = fs.readFileSync(fixture(name), 'utf8').trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(60);
    if (name !== 'bad-haskell') expect(lines[0]).toMatch(/^-- \S/);
  });
});
