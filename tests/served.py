"""A view served to a browser on this machine."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from twinseg.view.app import make_app
from twinseg.view.desk import Desk
from twinseg.view.guard import Guard


@contextmanager
def served(desk: Desk) -> Iterator[str]:
    """Serve a view on a free port, and yield its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    guard = Guard(make_app(desk), port)
    server = uvicorn.Server(uvicorn.Config(guard, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{port}/"
    server.should_exit = True
    thread.join()
    listening.close()
