"""Celery workers, as far as a command in the foreground needs them."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from governance.celery import app

_PING_SECONDS = 1.0
_PATIENCE_SECONDS = 20
_TETHER = settings.BASE_DIR / "launcher" / "tether.py"
_STOP_SECONDS = 60
_WORKER = ("-m", "celery", "--quiet", "-A", "governance.celery:app", "worker", "--loglevel", "WARNING")


def workers_answer() -> bool:
    """Tell whether at least one worker listens on the broker."""
    return bool(app.control.ping(timeout=_PING_SECONDS, limit=1))


class NobodyWorks(Exception):
    """No worker answers, and none can be started here: in a container the workers are a service of their own."""


@contextmanager
def workers_for_a_while() -> Iterator[None]:
    """Use the workers that are there, or start one as a child process for as long as the block runs.

    Raises NobodyWorks where that cannot be.
    """
    if workers_answer():
        yield
        return
    if not _TETHER.exists():
        _await_workers()
        yield
        return
    with tempfile.TemporaryDirectory(prefix="isocenter-worker-") as folder, _worker(Path(folder)) as worker:
        try:
            yield
        finally:
            worker.terminate()
            try:
                worker.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                worker.kill()


def _await_workers() -> None:
    """They may be starting still, or be slow to answer."""
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while not workers_answer():
        if time.monotonic() > give_up:
            raise NobodyWorks


def _worker(folder: Path) -> "subprocess.Popen[bytes]":
    """Start a worker that ends when this process does, however that ends.

    It has a process group of its own: Ctrl-C is for the command, which then stops its worker in order.
    """
    tether = [sys.executable, "-I", "-S", str(_TETHER)]
    tie = [str(os.getpid()), str(folder / "worker.pid"), str(int(signal.SIGTERM)), "-", "--"]
    name = ["--without-gossip", "--without-mingle", "--hostname", f"once-{os.getpid()}@%h"]
    return subprocess.Popen(
        [*tether, *tie, sys.executable, *_WORKER, *name],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        process_group=0,
    )
