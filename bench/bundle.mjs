// `npm run bench:bundle -- [runs]`: process start → first result from a folder that `hs-wasm bundle` made, laid out as AWS Lambda's Node
// runtime finds it (the bundle and a handler in a folder that may only be read, no compiler, no cache), against V8's WebAssembly with
// GHC's post-link.mjs and node:wasi on the same module. Times are whole processes without that of a Node that does nothing, by
// turns; medians in milliseconds, and the median of the turns' ratios.
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import hs from '../index.js';
import bundling from '../lib/bundle.js';
import engines from './engines.js';
import measuring from './measure.js';

const run = promisify(execFile);
const file = (name) => fileURLToPath(new URL(name, import.meta.url));

const HANDLER = `import { noop } from './index.mjs';
export const handler = async () => (await noop(), 'well');
`;
/** What Lambda's runtime does with a handler, as far as it takes time. */
const RUNTIME = `const { handler } = await import(process.env.LAMBDA_TASK_ROOT + '/handler.mjs');
if ((await handler({})) !== 'well') process.exitCode = 1;
process.exit();
`;
const V8 = `import { createRequire } from 'node:module';
const { openV8 } = createRequire(import.meta.url)(process.env.V8);
await (await (await openV8(process.env.WASM, process.env.GLUE))()).noop();
process.exit();
`;

const runs = Number(process.argv[2] ?? 15);
const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'hs-wasm-bench-bundle-'));
try {
  const task = path.join(folder, 'task');
  const bridge = file('haskell/Bridge.hs');
  const options = { optimize: 2 };
  const { wasm, glue } = await engines.prepare(bridge, options);
  const how = { name: 'bridge', source: 'Bridge.hs', cpu: 'any', include: [], scratch: folder };
  const files = await bundling.bundleFiles(await hs.compile(bridge, options), how);
  await bundling.writeFolder(task, new Map([...files, ['handler.mjs', HANDLER]]));
  const scripts = { bundle: RUNTIME, V8, nothing: 'process.exit();' };
  for (const [name, text] of Object.entries(scripts)) {
    await fs.writeFile(path.join(folder, `${name}.mjs`), text);
  }
  const env = {
    PATH: process.env.PATH,
    HOME: '/nonexistent',
    LAMBDA_TASK_ROOT: task,
    WASM: wasm,
    GLUE: glue,
    V8: file('v8.js'),
  };
  const start = (name) =>
    measuring.nanoseconds(() =>
      run(process.execPath, ['--no-warnings', path.join(folder, `${name}.mjs`)], { cwd: folder, env }),
    );
  const without = async (name) => Math.max(1, (await start(name)) - (await start('nothing')));
  const { bundle, V8: v8, ratio } = await measuring.byTurns(['bundle', 'V8'], without, runs);
  const ms = (time) => (time / 1e6).toFixed(1);
  const megabytes = [...files.values()].reduce((sum, each) => sum + Buffer.byteLength(each), 0) / 1e6;
  console.log(`Node ${process.versions.node}, ${runs} turns; a bundle of ${megabytes.toFixed(1)} MB`);
  console.log(
    `process start to first result, above Node's own start: bundle ${ms(bundle)} ms, V8 ${ms(v8)} ms`,
  );
  console.log(`ratio (bundle / V8): ${ratio.toFixed(2)}`);
} finally {
  await fs.rm(folder, { recursive: true, force: true });
}
