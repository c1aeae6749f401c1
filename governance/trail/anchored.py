"""What the anchors keep, read for verification: heads whose signature is good, and what is wrong with the rest."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime

from governance.anchors.anchor import Anchor, Kept, Unavailable
from governance.anchors.recorded import RecordedHead, recorded_heads
from governance.audit.notes import BadNote, Checkpoint, open_note


@dataclass(frozen=True, slots=True)
class Anchored:
    """One anchor's heads, by size.

    `last_at` is when the newest came there, as far as the anchor can tell; `faults` are what contradicts its own
    proofs or the trail's record of it; `unavailable` says why it could not be asked.
    """

    anchor: str
    heads: tuple[Checkpoint, ...] = ()
    last_at: datetime | None = None
    faults: tuple[str, ...] = ()
    unavailable: str = ""

    @property
    def last_size(self) -> int:
        """How many events the newest head covers; 0 without any."""
        return self.heads[-1].size if self.heads else 0


def read_anchor(anchor: Anchor, key: str) -> Anchored:
    """Return all that `anchor` keeps, each signature verified with `key` (C2SP vkey).

    What the trail says is there is read first: a head that is kept meanwhile is then not missed.
    """
    recorded = recorded_heads(anchor) if anchor.recorded else []
    opened: dict[tuple[int, bytes], Checkpoint] = {}
    faults: list[str] = []
    last_at: datetime | None = None
    try:
        for kept in anchor.kept():
            head = _opened(kept, key, faults)
            if head is not None:
                opened[head.size, head.root] = head
                last_at = max(filter(None, (last_at, kept.at)), default=None)
    except Unavailable as error:
        return Anchored(anchor.name, unavailable=str(error))
    faults += _missing(recorded, opened.keys())
    return Anchored(anchor.name, tuple(opened[each] for each in sorted(opened)), last_at, tuple(faults))


def _opened(kept: Kept, key: str, faults: list[str]) -> Checkpoint | None:
    """The head of a note; with a fault it still counts, as long as it is signed."""
    if kept.fault:
        faults.append(f"{kept.where} {kept.fault}.")
    if not kept.note:
        return None
    try:
        return open_note(kept.note, key)
    except BadNote as bad:
        faults.append(f"{kept.where} bears no valid signature of this key: {bad}")
        return None


def _missing(recorded: Iterable[RecordedHead], heads: Container[tuple[int, bytes]]) -> list[str]:
    """What the trail says the anchor took, and the anchor has not."""
    return [
        f"The head of {head.size} events, which was put there, is missing."
        for head in recorded
        if (head.size, head.root) not in heads
    ]
