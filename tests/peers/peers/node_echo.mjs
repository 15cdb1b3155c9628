// A server with Node's ws that echoes, and does as it is told: "close" closes, "break off" ends the connection without a
// word. Says its port on the first line, and ends with its standard input.

import { WebSocketServer } from 'ws';

const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
server.on('listening', () => process.stdout.write(`${server.address().port}\n`));
server.on('connection', (socket) => {
  // How a connection ends is told by the other side.
  socket.on('error', () => {});
  socket.on('message', (payload, isBinary) => {
    const text = payload.toString();
    if (text === 'close') socket.close(1012, 'restart');
    else if (text === 'break off') socket.terminate();
    else socket.send(payload, { binary: isBinary });
  });
});
process.stdin.on('end', () => process.exit()).resume();
