export { rspack as default } from './index.mjs';
