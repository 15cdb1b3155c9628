// A peer that reads one connection with Node's ws, and says in lines of JSON what it makes of it.
//
// node node.mjs client ws://127.0.0.1:PORT    connects
// node node.mjs server                        says its port, and accepts one connection
// node node.mjs version                       says the version of ws, as it is

import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { WebSocket, WebSocketServer } from 'ws';

// tungstenite's limit of a frame.
const options = { maxPayload: 16 * 1024 * 1024, perMessageDeflate: false };

function say(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

function listen(socket) {
  socket.on('message', (payload, isBinary) => {
    const sha1 = createHash('sha1').update(payload).digest('hex');
    say({ message: isBinary ? 'binary' : 'text', length: payload.length, sha1 });
  });
  socket.on('error', (error) => say({ error: error.message }));
}

const [role, url] = process.argv.slice(2);
if (role === 'client') {
  listen(new WebSocket(url, options));
} else if (role === 'version') {
  console.log(createRequire(import.meta.url)('ws/package.json').version);
} else {
  const server = new WebSocketServer({ ...options, host: '127.0.0.1', port: 0 });
  server.on('listening', () => say({ port: server.address().port }));
  server.on('connection', (socket) => {
    listen(socket);
    // No others: the process ends with this connection.
    server.close();
  });
}
