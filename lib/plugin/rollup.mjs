export { rollup as default } from './index.mjs';
