"""The web's address: taken before anything is started, and waited for until pages come."""

import errno
import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

from launcher.child import Child, log_tail
from launcher.layout import Layout
from launcher.problem import Problem

HOST = "127.0.0.1"
DEFAULT_PORT = 8000
READY_SECONDS = 60.0


@contextmanager
def listening(port: int) -> Iterator[socket.socket]:
    """A listening socket for gunicorn. Raises Problem when the port is taken or not allowed."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen(128)
        except OSError as error:
            raise _refused(port, error) from error
        yield listener


def address(listener: socket.socket) -> str:
    """What to type into a browser."""
    return f"http://{HOST}:{listener.getsockname()[1]}/"


def wait_for_pages(layout: Layout, web: Child, listener: socket.socket) -> None:
    """Return when a request is answered. Raises Problem when the web ends instead or stays silent."""
    deadline = time.monotonic() + READY_SECONDS
    while not _answers(listener.getsockname()[1]):
        if web.ended() is not None or time.monotonic() > deadline:
            raise Problem(
                f"The web did not start. Its log ends:\n{log_tail(layout, web.name)}",
                f"The whole log is {web.log}; ./isocenter check may say more.",
            )
        time.sleep(0.02)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2.0)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status > 0
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _refused(port: int, error: OSError) -> Problem:
    if error.errno == errno.EADDRINUSE:
        return Problem(
            f"Port {port} is already used by another program.",
            f"Choose another one: --port {port + 1 if port < 65535 else port - 1}",
        )
    return Problem(
        f"Port {port} cannot be used: {error.strerror}.", f"Choose another one: --port {DEFAULT_PORT}"
    )
