export { esbuild as default } from './index.mjs';
