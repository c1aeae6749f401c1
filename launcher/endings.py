"""Being asked to end: signals become one exception, so that every `with` block is left in order."""

import signal
from types import FrameType


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


def _raise(number: int, _frame: FrameType | None) -> None:
    # A second request must not interrupt the orderly end that the first one began.
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Ended(number)
