/// <reference types="../client.d.ts" />
// What TypeScript makes of the contract. Only checked (`npm run typecheck`), never run: a line under
// `@ts-expect-error` that became legal is a failure too.

import {
  compile,
  instantiate,
  load,
  postLink,
  run,
  toolchain,
  typed,
  CompileError,
  HsWasmError,
  LimitError,
  TrapError,
  type Diagnostic,
  type HaskellError,
  type HaskellExports,
  type InstalledToolchain,
  type PackedToolchain,
  type ExportInfo,
  type Instance,
  type Module,
  type Progress,
  type ToolchainInfo,
} from 'hs-wasm';
import { open } from 'hs-wasm/import';
import esbuildPlugin from 'hs-wasm/esbuild';
import rollupPlugin from 'hs-wasm/rollup';
import rspackPlugin from 'hs-wasm/rspack';
import { rollup, type PluginOptions } from 'hs-wasm/unplugin';
import vitePlugin from 'hs-wasm/vite';
import webpackPlugin from 'hs-wasm/webpack';
import type { BuildOptions } from 'esbuild';
import type { RollupOptions } from 'rollup';
import type { RspackOptions } from '@rspack/core';
import type { UserConfig } from 'vite';
import type { Configuration } from 'webpack';
import { answer } from './Answer.hs';

/** Fails to compile unless `T` is exactly `U`. */
function same<T, U>(..._proof: [T] extends [U] ? ([U] extends [T] ? [] : [never]) : [never]): void {}

// Haskell and wasm in every form.
const module: Module = await compile('Main.hs');
await compile(new URL('file:///app/Main.hs'), { optimize: 2, ghcOptions: ['-Wall'], packages: ['text'] });
await compile('Fib.hs', { preinitialize: { rtsOptions: ['-A4m'] } });
same<Module['preinitialized'], boolean>();
await compile({ source: 'main = pure ()' }, { signal: AbortSignal.timeout(1000), cache: false });
await compile('app', { main: 'Data.App', onProgress: (progress: Progress) => progress.done ?? 0 });
await load(Buffer.of(0, 0x61, 0x73, 0x6d));
await load(new ArrayBuffer(8));
// @ts-expect-error Haskell is no number
await compile(1);
// @ts-expect-error there is no -O3
await compile('Main.hs', { optimize: 3 });
// @ts-expect-error arguments are an instance's
await compile('Main.hs', { preinitialize: { args: ['x'] } });
// @ts-expect-error wasm needs no compiler
await load('main.wasm', { ghcOptions: [] });

// Instances, with exports that TypeScript knows and that it does not.
const loose = await module.instantiate({
  args: ['a'],
  env: process.env,
  preopens: { '/data': { path: 'data', readOnly: true } },
  stdin: process.stdin,
  stdout: 'pipe',
});
same<typeof loose, Instance>();
await loose.exports['anything']?.(1, 'two');
interface Fib {
  fib(n: number): Promise<number>;
}
const known = await instantiate<Fib>('Fib.hs', { timeoutMs: 100, optimize: 0, thread: 'worker' });
same<ReturnType<typeof known.exports.fib>, Promise<number>>();
// @ts-expect-error fib takes a number
await known.exports.fib('30');
// @ts-expect-error a misspelt option
await instantiate('Fib.hs', { timeout: 100 });
same<typeof known.memory.buffer, ArrayBuffer>();
await known.dispose();

// Natural values: as the exports say, as given by hand, or unknown.
interface Natural {
  isPrime(n: number): Promise<boolean>;
}
interface Raw extends HaskellExports<Natural> {
  isPrime(n: number): Promise<0 | 1>;
}
same<ReturnType<typeof typed<Natural>>, Natural>();
const primes = await instantiate<Raw>('Primes.hs', { types: true });
const isPrime: boolean = await typed(primes).isPrime(7);
const byHand: Natural = typed<Natural>(await instantiate('Primes.hs', { types: new URL('file:///p.d.ts') }));
console.log(isPrime, byHand);
// @ts-expect-error The file to write is no number.
await compile('Primes.hs', { types: 1 });
// @ts-expect-error Only instances.
typed(module);

// Commands: text unless bytes are wanted.
const asText = await run('Main.hs', { stdin: 'input', rtsOptions: ['-A16m'] });
same<typeof asText.stdout, string>();
const asBytes = await (await load('main.wasm')).run({ encoding: 'buffer' });
same<typeof asBytes.stderr, Buffer>();
same<typeof asBytes.exitCode, number>();

// A Haskell exception: its type is known of modules of our own compiler.
await known.exports.fib(-1).catch((error: HaskellError) => {
  same<typeof error.haskell, { readonly type: string; readonly module: string } | undefined>();
});

// The rest of the contract.
same<ReturnType<typeof postLink>, string>();
same<Awaited<ReturnType<typeof toolchain.find>>, ToolchainInfo | null>();
const installed = await toolchain.install({
  jobs: 2,
  from: new URL('https://example.org/toolchain.tar.zst'),
});
same<Awaited<ReturnType<typeof toolchain.path>>, string | null>();
same<Awaited<ReturnType<typeof toolchain.pack>>, PackedToolchain>();
same<Awaited<ReturnType<typeof toolchain.list>>, InstalledToolchain[]>();
await toolchain.remove((await toolchain.list())[0]?.id);
await toolchain.pack('toolchain.tar.zst', { onProgress: ({ bytes, remainingMs }) => [bytes, remainingMs] });
await compile('Main.hs', { toolchain: installed });
for (const check of await toolchain.doctor()) {
  console.log(check.ok ? check.message : check.fix);
}
same<ExportInfo['params'][number], 'i32' | 'i64' | 'f32' | 'f64' | 'externref'>();

// What is profiled has its own type.
{
  const compiled = await compile('Main.hs');
  const { value, firefox } = await compiled.profile(async ({ memory }) => memory.buffer.byteLength, {
    heap: true,
  });
  same<typeof value, number>();
  same<typeof firefox, Record<string, unknown> | undefined>();
  const ran = await compiled.profile({ args: ['1'], events: true, stdin: 'text' });
  same<(typeof ran)['value']['exitCode'], number>();
  const living = await compiled.instantiate();
  same<ReturnType<typeof living.stats>['tier'], 'quick' | 'optimized'>();
  same<Awaited<ReturnType<typeof living.profile<boolean>>>['value'], boolean>();
  // @ts-expect-error the heap has to be wanted when the runtime starts
  await living.profile(() => 1, { heap: true });
}

// Errors narrow by class.
try {
  await compile('Main.hs');
} catch (error) {
  if (error instanceof CompileError) {
    same<typeof error.diagnostics, readonly Diagnostic[]>();
  } else if (error instanceof TrapError) {
    same<(typeof error.frames)[number]['offset'], number | null>();
  } else if (error instanceof LimitError) {
    same<typeof error.limit, 'memory' | 'time' | 'output' | 'fuel' | 'stack'>();
  } else if (error instanceof HsWasmError) {
    same<typeof error.code, string>();
  }
}

// A Haskell file that is imported, and what opens a compiled one.
console.log(await answer(1));
await open<{ answer(n: number): Promise<number> }>('main.wasm', { name: 'Answer' }).answer(1);
open(new URL('file:///app/main.wasm'));
// @ts-expect-error that is synchronous, and so needs a file
open(Buffer.of(0));

// Each bundler takes its plugin.
const forVite: UserConfig = { plugins: [vitePlugin(), vitePlugin({ target: 'browser' })] };
const forRollup: RollupOptions = { plugins: [rollupPlugin({ target: 'node', ghcOptions: ['-Wall'] })] };
const forEsbuild: BuildOptions = { plugins: [esbuildPlugin({ packages: ['text'] })] };
const forWebpack: Configuration = { plugins: [webpackPlugin({ optimize: 0 })] };
const forRspack: RspackOptions = { plugins: [rspackPlugin({})] };
console.log(forVite, forRollup, forEsbuild, forWebpack, forRspack);
same<Parameters<typeof rollup>[0], PluginOptions | undefined>();
// @ts-expect-error there is no such target
vitePlugin({ target: 'deno' });
// @ts-expect-error the cache is not a plugin's
rollupPlugin({ cache: false });
