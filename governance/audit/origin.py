"""From where something is done: the request, task or command at hand, which every audit event of it carries."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from enum import StrEnum


class Channel(StrEnum):
    """The way in."""

    WEB = "web"
    API = "api"
    COMMAND = "command"
    TASK = "task"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a deed comes from.

    `correlation` is the id that the response and the log lines carry; `address` the client's IP address;
    `credential` names what the actor showed, as `account:…`, `session:…` or `token:…`, by a digest or a number, never the secret.
    """

    channel: Channel
    correlation: str = ""
    address: str = ""
    credential: str = ""


# A command is known by the account of the machine that runs it.
OF_COMMANDS = Origin(Channel.COMMAND, credential=f"account:{os.getuid()}")

_current: ContextVar[Origin] = ContextVar("isocenter_origin", default=OF_COMMANDS)


def current() -> Origin:
    """Return the origin of what runs now; a command's, where nobody said otherwise."""
    return _current.get()


def always(origin: Origin) -> None:
    """Let everything that this process does come from `origin`, unless `coming_from` says otherwise."""
    _current.set(origin)


def show(credential: str) -> None:
    """Note what the actor has shown, when that is known only after the beginning."""
    _current.set(replace(_current.get(), credential=credential))


@contextmanager
def coming_from(origin: Origin) -> Iterator[None]:
    """Let everything that is done inside the block come from `origin`."""
    before = _current.set(origin)
    try:
        yield
    finally:
        _current.reset(before)
