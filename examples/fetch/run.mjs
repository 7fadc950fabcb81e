// Shows: real HTTP with several requests at a time, which the server of this example counts.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { instantiate } from 'hs-wasm';

let running = 0;
let most = 0;
const server = createServer(async (request, response) => {
  most = Math.max(most, ++running);
  await sleep(100);
  running--;
  response.end(`<html><h1>All about ${request.url.slice(1)}</h1></html>`);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

const { exports } = await instantiate(new URL('Main.hs', import.meta.url));
process.stdout.write(await exports.titles(`http://127.0.0.1:${server.address().port}`));
console.log(`The server had ${most} requests at the same time.`);

server.close();
server.closeAllConnections();
