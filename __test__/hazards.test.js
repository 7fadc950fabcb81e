'use strict';
// What could bring the whole process down or keep it alive: each hazard has a process of its own and
// must say `pass` and nothing else. Its first lines may give `// flags:` for Node, or say `// ours`.

const fs = require('node:fs');
const path = require('node:path');
const { ours } = require('./support');
const { node } = require('./support/process');

const folder = path.join(__dirname, 'hazards');

for (const file of fs.readdirSync(folder)) {
  const source = fs.readFileSync(path.join(folder, file), 'utf8');
  const [, flags = ''] = source.match(/^\/\/ flags: (.*)$/m) ?? [];
  const claim = /^\/\/ ours$/m.test(source) ? ours : test;

  claim(file, async () => {
    const outcome = await node(...flags.split(' ').filter(Boolean), path.join(folder, file));
    expect(outcome).toEqual({ code: 0, stdout: 'pass\n', stderr: '' });
  });
}
