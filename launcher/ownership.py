"""Who runs the services of a data folder: one owner, and guests that use what the owner runs."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from launcher.identity import is_alive, started_at
from launcher.layout import Layout


@dataclass(frozen=True)
class Owner:
    """The process that runs the services."""

    pid: int
    started: str
    command: str
    address: str = ""
    """Where the web answers, '' where the owner runs no web."""


class Owned(Exception):
    """Another process has the data folder; `owner` is None while it is only just starting."""

    def __init__(self, owner: Owner | None) -> None:
        super().__init__("owned")
        self.owner = owner


@dataclass(frozen=True)
class Ownership:
    """Having the data folder to oneself."""

    layout: Layout

    def announce(self, command: str, address: str = "") -> None:
        """Tell others, now that the services answer, who runs them and where the web is."""
        owner = Owner(os.getpid(), started_at(os.getpid()) or "", command, address)
        fresh = self.layout.run / "owner.json.new"
        fresh.write_text(json.dumps(asdict(owner)))
        fresh.replace(_record(self.layout))

    def withdraw(self) -> None:
        """Tell others that the services are about to end."""
        _record(self.layout).unlink(missing_ok=True)


@contextmanager
def own(layout: Layout) -> Iterator[Ownership]:
    """Have the data folder to oneself, or raise Owned. The system lets go of it when the process ends."""
    with (layout.run / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Owned(current_owner(layout)) from None
        ownership = Ownership(layout)
        ownership.withdraw()
        try:
            yield ownership
        finally:
            ownership.withdraw()


def current_owner(layout: Layout) -> Owner | None:
    """The living owner, or None. A record left by a killed owner counts for nothing."""
    try:
        owner = Owner(**json.loads(_record(layout).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return owner if is_alive(owner.pid, owner.started) else None


@contextmanager
def visit(layout: Layout) -> Iterator[None]:
    """Use the owner's services; a one-command owner waits for its guests before it stops them."""
    with (layout.run / "guests").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


def wait_for_guests(layout: Layout, announce: str, out: IO[str]) -> None:
    """Return when no guest is left, saying so if there is anything to wait for."""
    with (layout.run / "guests").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(announce, file=out)
            with suppress(KeyboardInterrupt):
                fcntl.flock(lock, fcntl.LOCK_EX)


def _record(layout: Layout) -> Path:
    return layout.run / "owner.json"
