// ours
// Where there is no setImmediate, a post-linked module uses a MessageChannel: it keeps the process alive until the
// scheduler has run, and not longer.
import { engine, fixture, pass } from '../support/hazard.mjs';

const { wasm } = await engine.compile(fixture('state'));
const text = engine.postLink(wasm);

delete globalThis.setImmediate;
const { default: importsFor } = await import(`data:text/javascript,${encodeURIComponent(text)}`);
importsFor({ rts_schedulerLoop: pass }).scheduleWork();
