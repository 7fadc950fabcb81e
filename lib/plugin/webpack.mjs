export { webpack as default } from './index.mjs';
