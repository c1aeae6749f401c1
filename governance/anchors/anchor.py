"""What every anchor does: keep a signed head, and give all of them back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Unavailable(Exception):
    """An anchor cannot be asked, or does not take a head now; the message holds neither addresses nor secrets."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A head as an anchor gives it back: the note's text, what the anchor calls it, and since when it is there.

    `fault` says what is wrong with the anchor's own proof of it: deleted, not locked, not the one that was stamped.
    """

    note: str
    where: str
    at: datetime | None = None
    fault: str = ""


class Anchor(Protocol):
    """One place. `name` stands in audit events and findings, and never changes for the same place."""

    name: str
    # Whether each head that is kept is an audit event, from which verification knows what must be there.
    recorded: bool

    def keep(self, size: int, note: str) -> None:
        """Keep the signed head of `size` events; keeping the same one again changes nothing. Raises Unavailable."""

    def kept(self) -> Iterator[Kept]:
        """Yield all that was ever kept, also what somebody tried to take away. Raises Unavailable."""
