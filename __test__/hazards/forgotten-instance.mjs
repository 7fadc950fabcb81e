// An instance that nobody disposes of, with a call that waits for ever, does not keep Node alive.
import { instance, pass } from '../support/hazard.mjs';

const { exports } = await instance('import-safety');
exports.viaSafe(() => new Promise(() => {}));
await exports.sumTo(3);
process.once('exit', pass);
