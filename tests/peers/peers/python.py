"""A peer that reads one connection with Python's websockets, and says in lines of JSON what it makes of it.

python python.py client ws://127.0.0.1:PORT    connects
python python.py server                        says its port, and accepts one connection
python python.py version                       says the version of websockets, as it is
"""

import hashlib
import json
import sys
import threading

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.server import serve
from websockets.version import version

# The size is tungstenite's limit of a frame.
OPTIONS = {"max_size": 16 * 1024 * 1024, "compression": None, "ping_interval": None}


def say(what):
    print(json.dumps(what), flush=True)


def listen(websocket):
    try:
        while True:
            message = websocket.recv()
            is_text = isinstance(message, str)
            payload = message.encode() if is_text else message
            sha1 = hashlib.sha1(payload).hexdigest()
            say({"message": "text" if is_text else "binary", "length": len(payload), "sha1": sha1})
    except ConnectionClosed as closed:
        cause = closed.__cause__
        # The end of the stream is none of the peer's findings.
        if cause is not None and not isinstance(cause, EOFError):
            say({"error": f"{type(cause).__name__}: {cause}"})


def accept():
    def listen_once(websocket):
        listen(websocket)
        # From a thread that does not serve: it waits for the one that does.
        threading.Thread(target=server.shutdown).start()

    with serve(listen_once, "127.0.0.1", 0, **OPTIONS) as server:
        say({"port": server.socket.getsockname()[1]})
        server.serve_forever()


if sys.argv[1] == "client":
    with connect(sys.argv[2], proxy=None, **OPTIONS) as websocket:
        listen(websocket)
elif sys.argv[1] == "version":
    print(version)
else:
    accept()
