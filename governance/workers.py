"""Celery workers, as far as a command in the foreground needs them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from governance.celery import app

_PING_SECONDS = 1.0
_STOP_SECONDS = 60


def workers_answer() -> bool:
    """Tell whether at least one worker listens on the broker."""
    return bool(app.control.ping(timeout=_PING_SECONDS, limit=1))


@contextmanager
def workers_for_a_while() -> Iterator[None]:
    """Use the workers that are there, or start one as a child process for as long as the block runs."""
    if workers_answer():
        yield
        return
    command = [sys.executable, "-m", "celery", "-A", "governance.celery:app", "worker"]
    options = [
        "--loglevel",
        "WARNING",
        "--without-gossip",
        "--without-mingle",
        "--hostname",
        f"once-{os.getpid()}@%h",
    ]
    # A process group of its own: Ctrl-C is for the command, which then stops its worker in order.
    with subprocess.Popen([*command, *options], stdout=sys.stderr, process_group=0) as worker:
        try:
            yield
        finally:
            worker.terminate()
            try:
                worker.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                worker.kill()
