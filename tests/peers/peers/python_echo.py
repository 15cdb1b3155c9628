"""A server with Python's websockets that echoes, and does as it is told: "close" closes, "break off" ends the connection
without a word. Says its port on the first line, and ends with its standard input."""

import os
import socket
import sys
import threading

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve


def echo(websocket):
    try:
        for message in websocket:
            if message == "close":
                websocket.close(1012, "restart")
            elif message == "break off":
                websocket.socket.shutdown(socket.SHUT_RDWR)
            else:
                websocket.send(message)
    except ConnectionClosed:
        # How a connection ends is told by the other side.
        pass


def end_with_input():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_input, daemon=True).start()
with serve(echo, "127.0.0.1", 0) as server:
    print(server.socket.getsockname()[1], flush=True)
    server.serve_forever()
