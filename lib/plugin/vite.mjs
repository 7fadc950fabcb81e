export { vite as default } from './index.mjs';
