"""The worker's side of drawing: it keeps one draughtsman, starts it when there is work and replaces it when it fails."""

import atexit
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path

from catalog.thumbnails.draughtsman import SECONDS_PER_PICTURE
from catalog.thumbnails.drawing import Drawn, Undrawable
from catalog.thumbnails.job import Job, frame, read_frame, result_from_bytes

_ROOT = Path(__file__).resolve().parents[2]
# The draughtsman ends a picture itself; this is for a draughtsman that hangs.
_PATIENCE = SECONDS_PER_PICTURE + 10


class NobodyDraws(Exception):
    """The drawing process cannot be had: nothing is known about the picture."""


class Studio:
    """One draughtsman, for one worker process; safe for threads, one picture at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def draw(self, job: Job) -> Drawn | Undrawable:
        """Have a picture drawn; raises NobodyDraws when no draughtsman can be had, whatever the picture."""
        with self._lock:
            # It goes home after a minute without work, perhaps just now.
            result = self._ask(job) or self._ask(job)
        if result is None:
            raise NobodyDraws("The process that draws thumbnails does not start or does not answer.")
        return result

    def close(self) -> None:
        """Send the draughtsman home."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.communicate()

    def _ask(self, job: Job) -> Drawn | Undrawable | None:
        process = self._running()
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("The draughtsman was started without pipes.")
        try:
            process.stdin.write(frame(job.to_bytes()))
            process.stdin.flush()
            answer = read_frame(_Reader(process.stdout.fileno()).read)
        except (BrokenPipeError, TimeoutError):
            answer = None
        if answer is None:
            self.close()
            return None
        return result_from_bytes(answer)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            # Neither secrets nor addresses of services: the draughtsman needs none.
            environment = {
                "PATH": os.environ.get("PATH", ""),
                "OPENBLAS_NUM_THREADS": "1",
                "OMP_NUM_THREADS": "1",
            }
            self._process = subprocess.Popen(
                [sys.executable, "-m", "catalog.thumbnails.draughtsman"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=_ROOT,
                env=environment,
            )
        return self._process


class _Reader:
    """Reads from a descriptor until a time is over; raises TimeoutError then."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._deadline = time.monotonic() + _PATIENCE

    def read(self, length: int) -> bytes:
        if not select.select([self._descriptor], [], [], max(0.0, self._deadline - time.monotonic()))[0]:
            raise TimeoutError
        return os.read(self._descriptor, length)


_studios: dict[int, Studio] = {}


def studio() -> Studio:
    """Return this process's studio; by process id, because a forked worker must not share its parent's."""
    if os.getpid() not in _studios:
        opened = _studios[os.getpid()] = Studio()
        atexit.register(opened.close)
    return _studios[os.getpid()]
