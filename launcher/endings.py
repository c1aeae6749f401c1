"""Being asked to end: signals become one exception, so that every `with` block is left in order."""

import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Ended(BaseException):
    """Somebody asked this process to end. Not an Exception: nothing may take it for a failure."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    @property
    def status(self) -> int:
        """The exit status that a shell gives to a process ended by this signal."""
        return 128 + self.number


def listen() -> None:
    """Turn SIGTERM, SIGINT and a closed terminal into Ended. An ignored SIGHUP (nohup) stays ignored."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _raise)


class _Postponed:
    """Whether requests wait at present, and the one that came meanwhile."""

    is_on = False
    number: int | None = None


@contextmanager
def started(program: Sequence[str], **options: Any) -> Iterator["subprocess.Popen[str]"]:
    """Start a program that is asked to end when the block is left by an exception, and is always waited for."""
    process = None
    try:
        with _postponed():
            process = subprocess.Popen(program, **options)
        yield process
    except BaseException:
        if process is not None:
            process.terminate()
        raise
    finally:
        if process is not None:
            with process:
                pass  # Leaving closes its pipes and waits: it may put its work down.


@contextmanager
def _postponed() -> Iterator[None]:
    """Let a request to end wait for the end of the block: a child just started would be left behind unknown."""
    _Postponed.is_on = True
    try:
        yield
    finally:
        _Postponed.is_on = False
        number, _Postponed.number = _Postponed.number, None
    if number is not None:
        _raise(number, None)


def _raise(number: int, _frame: FrameType | None) -> None:
    if _Postponed.is_on:
        _Postponed.number = number
        return
    # A second request must not interrupt the orderly end that the first one began.
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Ended(number)
