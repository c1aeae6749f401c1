"""Who runs the services of a data folder: one owner, and guests that use what the owner runs."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
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
    serves: bool
    """Whether it is a supervisor, which runs until it is stopped, or a command that will finish."""
    ready: bool = False
    """Whether the services answer."""
    address: str = ""
    """Where the web answers, '' where there is none or not yet."""


class Owned(Exception):
    """Another process has the data folder; `owner` is None in the moment before it says who it is."""

    def __init__(self, owner: Owner | None) -> None:
        super().__init__("owned")
        self.owner = owner


@dataclass(frozen=True)
class Ownership:
    """Having the data folder to oneself."""

    layout: Layout
    owner: Owner

    def ready(self, address: str = "") -> None:
        """Tell others that the services answer, and where the web is."""
        _write(self.layout, replace(self.owner, ready=True, address=address))


@contextmanager
def own(layout: Layout, command: str, *, serves: bool = False) -> Iterator[Ownership]:
    """Have the data folder to oneself, or raise Owned. The system lets go of it when the process ends."""
    with (layout.run / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Owned(current_owner(layout)) from None
        owner = Owner(os.getpid(), started_at(os.getpid()) or "", command, serves)
        _write(layout, owner)
        try:
            yield Ownership(layout, owner)
        finally:
            _record(layout).unlink(missing_ok=True)


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
            fcntl.flock(lock, fcntl.LOCK_EX)


def _record(layout: Layout) -> Path:
    return layout.run / "owner.json"


def _write(layout: Layout, owner: Owner) -> None:
    fresh = layout.run / "owner.json.new"
    fresh.write_text(json.dumps(asdict(owner)))
    fresh.replace(_record(layout))
