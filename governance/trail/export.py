"""A part of the trail with its proofs, in one file that is verified without this database."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Min, Q
from django.db.models.functions import TruncMinute
from django.utils import timezone

from governance.anchors.configured import configured_timestamps
from governance.anchors.timestamps import Stamped
from governance.audit.bundle import write_bundle
from governance.audit.merkle import Frontier
from governance.models import AuditCheckpoint, AuditLeaf
from governance.trail.proofs import stored_tree

_PAYLOADS = """
    COPY (
        SELECT event.payload FROM governance_audit_leaf leaf
        JOIN governance_audit_event event ON event.id = leaf.event_id AND event.recorded_at = leaf.recorded_at
        WHERE leaf.position >= {first} AND leaf.position < {end} ORDER BY leaf.position
    ) TO STDOUT (FORMAT BINARY)"""


class NothingToExport(Exception):
    """No sealed event lies in the period, or the period is none; the message says which."""


def write(target: Path, key: str, *, begin: str | None, end: str | None) -> int:
    """Write the events from day `begin` to day `end` (UTC, both included), and return how many there are.

    Positions follow the order of sealing: the bundle holds all from the first of the period on, up to the first signed
    head that covers the last, so that some events at its ends may be of other days. Raises NothingToExport.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        first, last = _positions(read_day(begin), read_day(end))
        heads = AuditCheckpoint.objects.filter(size__gte=first)
        final = heads.filter(size__gt=last).first()
        if final is None:
            raise NothingToExport("The last events of that period are not sealed yet.")
        stamps = _stamps(first, final.size)
        return write_bundle(
            target,
            origin=settings.AUDIT_ORIGIN,
            vkey=key,
            first=first,
            before=_frontier(first),
            notes=_notes(first, final.size, [stamp.size for stamp in stamps]),
            payloads=_payloads(first, final.size),
            period=(begin, end),
            made_at=timezone.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            stamps=stamps,
        )


def _stamps(first: int, end: int) -> list[Stamped]:
    """The heads of the period that have a time-stamp token. Raises Unavailable."""
    anchor = configured_timestamps()
    return [] if anchor is None else list(anchor.stamped(first, end))


def _notes(first: int, final: int, stamped: Sequence[int]) -> Iterator[str]:
    """The last signed head of each minute, with those at both ends and those with a token.

    Each costs a millisecond to verify.
    """
    of_period = AuditCheckpoint.objects.filter(size__gte=max(first, 1), size__lte=final)
    minutes = of_period.order_by().annotate(minute=TruncMinute("sealed_at")).values("minute")
    newest = minutes.annotate(newest=Max("size")).values("newest")
    kept = of_period.filter(Q(size__in=newest) | Q(size__in=(first, final, *stamped)))
    yield from kept.order_by("size").values_list("note", flat=True).iterator(2000)


def read_day(text: str | None) -> date | None:
    """Return the day that somebody wrote as 2026-11-24; None for nothing. Raises NothingToExport."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise NothingToExport(f"{text} is no day; write it as 2026-11-24.") from None


def _positions(begin: date | None, end: date | None) -> tuple[int, int]:
    leaves = AuditLeaf.objects.all()
    if begin:
        leaves = leaves.filter(recorded_at__gte=datetime.combine(begin, time(), UTC))
    if end:
        leaves = leaves.filter(recorded_at__lt=datetime.combine(end + timedelta(days=1), time(), UTC))
    found = leaves.aggregate(first=Min("position"), last=Max("position"))
    if found["first"] is None:
        raise NothingToExport("No sealed event lies in that period.")
    return found["first"], found["last"]


def _frontier(size: int) -> Sequence[bytes]:
    """The tree before the first event: the perfect subtrees of its `size` leaves, the largest first."""
    tree, hashes, start = stored_tree(), [], 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            hashes.append(tree.subtree(start, start + (1 << level)))
            start += 1 << level
    return Frontier(size, hashes).hashes


def _payloads(first: int, end: int) -> Iterator[bytes]:
    with connection.cursor() as cursor, cursor.copy(_PAYLOADS.format(first=int(first), end=int(end))) as copy:
        copy.set_types(["bytea"])
        for (payload,) in copy.rows():
            yield payload
