"""Whether the trail is what was sealed: every event hashed again, every root and signature held against it."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from django.db import connection, transaction

from governance.anchors.anchor import Anchor
from governance.audit.merkle import Frontier
from governance.audit.notes import BadNote, Checkpoint, open_note
from governance.models import AuditCheckpoint
from governance.trail.anchored import Anchored, read_anchor
from governance.trail.beside import asked_beside
from governance.trail.columns import first_different

# As many as are sorted in memory. Many come in one row: to take them out of its arrays costs a fifth of reading them one
# by one.
_AT_ONCE = 8192
_ROWS = """
    COPY (
        SELECT array_agg(leaf.position ORDER BY leaf.position), array_agg(leaf.leaf_hash ORDER BY leaf.position),
               array_agg(event.payload ORDER BY leaf.position)
        FROM (SELECT * FROM governance_audit_leaf WHERE position >= %s ORDER BY position LIMIT %s) leaf
        LEFT JOIN governance_audit_event event ON event.id = leaf.event_id AND event.recorded_at = leaf.recorded_at
        GROUP BY leaf.position / 256
        ORDER BY leaf.position / 256
    ) TO STDOUT (FORMAT BINARY)"""
_FIRST_POSITION = -(2**63)
# Written with the triggers off, or taken out of the queue: no place, and none to come.
_STRAYS = """
    SELECT min(event.id), count(*) FROM governance_audit_event event
    WHERE NOT EXISTS (SELECT FROM governance_audit_leaf leaf WHERE leaf.event_id = event.id)
      AND NOT EXISTS (SELECT FROM governance_audit_pending pending WHERE pending.event_id = event.id)"""


@dataclass(frozen=True, slots=True)
class Finding:
    """The first thing that is wrong; `position` is that of the first event which may not be what was sealed.

    `anchor` is the name of the anchor that shows it, where the database alone does not.
    """

    position: int | None
    said: str
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at, and what is wrong with it: nothing, or the first finding."""

    events: int
    checkpoints: int
    last: Checkpoint | None
    finding: Finding | None
    anchors: tuple[Anchored, ...] = ()


@dataclass(frozen=True, slots=True)
class _Head:
    """A signed head, and the anchors that keep it; it is not in the database where `stored` is not set."""

    checkpoint: Checkpoint
    stored: bool
    anchors: tuple[str, ...]


class _Wrong(Exception):
    """Ends the walk at the first finding."""

    def __init__(self, position: int | None, said: str, anchor: str = "") -> None:
        super().__init__(said)
        self.finding = Finding(position, said, anchor)


def verify_trail(key: str, *, anchors: Iterable[Anchor] = ()) -> Report:
    """Hold all of the trail against its signed heads, and against those that anchors keep outside of the database.

    `key` is the public key (C2SP vkey). One snapshot of the database is looked at, later than what the anchors hold;
    events that are not sealed yet are none of it. What is wrong with an anchor itself is told of only when the
    events are what was signed.
    """
    anchored = tuple(read_anchor(anchor, key) for anchor in anchors)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        frontier, opened = Frontier(), 0
        last: Checkpoint | None = None
        try:
            heads = _heads(key, anchored)
            opened, last = len(heads), heads[-1].checkpoint if heads else None
            with asked_beside(partial(first_different, last.size if last else 0)) as different:
                _walk(heads, frontier)
                _hold_columns(different())
            _look_for_strays()
            _look_at_anchors(anchored)
        except _Wrong as wrong:
            return Report(frontier.size, opened, last, wrong.finding, anchored)
        return Report(frontier.size, opened, last, None, anchored)


def _heads(key: str, anchored: Iterable[Anchored]) -> list[_Head]:
    """Every checkpoint, each signature verified, by size; those kept elsewhere among them."""
    heads: dict[tuple[int, bytes], _Head] = {}
    for size, root, note in AuditCheckpoint.objects.values_list("size", "root", "note").iterator(2000):
        head = _opened(note, key, size)
        if (head.size, head.root) != (size, bytes(root)):
            raise _Wrong(None, f"The checkpoint of {size} events is not the one that was signed.")
        heads[head.size, head.root] = _Head(head, stored=True, anchors=())
    for each in anchored:
        for head in each.heads:
            known = heads.get((head.size, head.root), _Head(head, stored=False, anchors=()))
            heads[head.size, head.root] = _Head(head, known.stored, (*known.anchors, each.anchor))
    return [heads[each] for each in sorted(heads)]


def _opened(note: str, key: str, size: int) -> Checkpoint:
    try:
        return open_note(note, key)
    except BadNote as bad:
        said = f"The checkpoint of {size} events bears no valid signature of this key: {bad}"
        raise _Wrong(size, said) from None


def _walk(heads: Sequence[_Head], frontier: Frontier) -> None:
    """Grow the tree again, and compare its root wherever a head was signed."""
    good = _Good()
    with closing(_rows()) as rows:
        for head in heads:
            size = head.checkpoint.size
            try:
                frontier.extend(_leaves(rows, frontier.size, size))
            except _Wrong as wrong:
                raise _named(wrong, head, good) from None
            if frontier.root() != head.checkpoint.root:
                raise _contradiction(head, good)
            good.note(head)
        if (extra := next(rows, None)) is not None:
            raise _Wrong(extra[0], f"The event at {extra[0]} has a place, and no signed head covers it.")


class _Good:
    """How far the trail is what was signed: by the database's heads, and by those that are kept elsewhere.

    Of the latter there may be two of one size, of which one is false; then the one before them is the last good one.
    """

    def __init__(self) -> None:
        self.signed = self._kept = self._before = 0

    def note(self, head: _Head) -> None:
        size = head.checkpoint.size
        self.signed = size
        if head.anchors and size > self._kept:
            self._before, self._kept = self._kept, size

    def kept_below(self, size: int) -> int:
        return self._kept if self._kept < size else self._before


def _contradiction(head: _Head, good: _Good) -> _Wrong:
    """The events since the last good head are not those of this one.

    Of a head that is kept elsewhere, the last good one is one that is kept elsewhere too: whoever signed the database's
    heads anew signed them from any earlier event on.
    """
    size = head.checkpoint.size
    if not head.anchors:
        return _Wrong(
            good.signed, f"The events from {good.signed} to {size - 1} are not those that were signed."
        )
    begin, names = good.kept_below(size), " and ".join(head.anchors)
    said = f"The events from {begin} to {size - 1} are not those of the head that the anchor {names} keeps."
    return _Wrong(begin, said, head.anchors[0])


def _named(wrong: _Wrong, head: _Head, good: _Good) -> _Wrong:
    """What is missing under a head that only an anchor still has, the anchor shows: from its last good head on."""
    if head.stored or not head.anchors:
        return wrong
    size, names = head.checkpoint.size, " and ".join(head.anchors)
    said = f"{wrong.finding.said} The anchor {names} keeps a head of {size} events."
    return _Wrong(good.kept_below(size), said, head.anchors[0])


def _look_at_anchors(anchored: Iterable[Anchored]) -> None:
    """What the anchors say of themselves, now that the events are known to be good."""
    for each in anchored:
        if each.faults:
            raise _Wrong(None, f"The anchor {each.anchor}: {each.faults[0]}", each.anchor)
    for each in anchored:
        if each.unavailable:
            raise _Wrong(
                None, f"The anchor {each.anchor} could not be asked. {each.unavailable}", each.anchor
            )


def _leaves(rows: Iterator[tuple[int, bytes, bytes | None]], begin: int, end: int) -> Iterator[bytes]:
    """The hashes of the events from `begin` to `end`, each computed from the event's bytes."""
    expected = begin - 1
    for expected, (position, sealed, payload) in zip(range(begin, end), rows, strict=False):
        if position != expected:
            raise _Wrong(expected, f"The place {expected} is empty.")
        if payload is None:
            raise _Wrong(expected, f"The event at {expected} is missing.")
        # merkle.leaf_hash, without a call for each of a million.
        leaf = sha256(b"\x00" + payload).digest()
        if leaf != sealed:
            raise _Wrong(expected, f"The event at {expected} is not the one that was sealed.")
        yield leaf
    if expected + 1 < end:
        raise _Wrong(expected + 1, f"The place {expected + 1} is empty.")


def _rows() -> Generator[tuple[int, bytes, bytes | None]]:
    """Every leaf in order, whatever its position, with the bytes of its event."""
    begin: int | None = _FIRST_POSITION
    while begin is not None:
        last = None
        with connection.cursor() as cursor, cursor.copy(_ROWS, [begin, _AT_ONCE]) as copy:
            copy.set_types(["int8[]", "bytea[]", "bytea[]"])
            for positions, sealed, payloads in copy.rows():
                yield from zip(positions, sealed, payloads, strict=True)
                last = positions[-1]
        begin = None if last is None else last + 1


def _hold_columns(different: int | None) -> None:
    if different is not None:
        raise _Wrong(different, f"The columns of the event at {different} do not say what its bytes say.")


def _look_for_strays() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_STRAYS)
        first, number = cursor.fetchone()
    if number:
        raise _Wrong(None, f"{number} events have no place and wait for none; the first is event {first}.")
