// Shows: a command sees the folders it is given and nothing else, and its output comes back as text.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from 'hs-wasm';

const folder = await mkdtemp(join(tmpdir(), 'hs-wasm-files-'));
try {
  await writeFile(join(folder, 'poem.txt'), 'The woods are lovely,\ndark and deep,\n');
  await writeFile(join(folder, 'list.txt'), 'bread\nmilk\neggs\n');

  const { exitCode, stdout, stderr } = await run(new URL('Main.hs', import.meta.url), {
    args: ['/data/poem.txt', '/data/list.txt', '/etc/hostname'], // the last is none of its business
    preopens: { '/data': folder },
  });

  process.stdout.write(stdout);
  console.log(`stderr: ${stderr.trim()}`);
  console.log(`exit code: ${exitCode}`);
  console.log(`total.txt, read by JavaScript: ${(await readFile(join(folder, 'total.txt'), 'utf8')).trim()}`);
} finally {
  await rm(folder, { recursive: true });
}
