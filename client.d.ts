/**
 * Lets TypeScript import Haskell files, about which it then knows nothing:
 *
 *     /// <reference types="hs-wasm/client" />
 *
 * or `"types": ["hs-wasm/client"]` in `tsconfig.json`. A declaration file of the file's own (`Fib.d.hs.ts`, with TypeScript's
 * `allowArbitraryExtensions`) wins over these.
 */

declare module '*.hs';
declare module '*.lhs';
