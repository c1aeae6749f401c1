"""Give events their places in the Merkle tree, and sign its head."""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction
from django.utils import timezone

from governance.actions.record import Thing, record
from governance.audit.events import Event, Outcome
from governance.audit.merkle import Frontier
from governance.audit.notes import Checkpoint, sign
from governance.models import AuditCheckpoint

# What one transaction seals, and one checkpoint adds at most.
BATCH = 20_000
MONTHS_AHEAD = 3
_LOCK = 7_238_405
# By index whatever the planner thinks of a table that is empty most of the time.
_BY_INDEX = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
_TAKE = """
    WITH taken AS (
        DELETE FROM governance_audit_pending
        WHERE ctid = ANY(ARRAY(SELECT ctid FROM governance_audit_pending LIMIT %s))
        RETURNING event_id, recorded_at
    )
    SELECT taken.event_id, taken.recorded_at, event.leaf_hash
    FROM taken
    LEFT JOIN governance_audit_event event
        ON event.id = taken.event_id AND event.recorded_at = taken.recorded_at
    ORDER BY taken.event_id"""
_LEAVES = "COPY governance_audit_leaf (position, event_id, recorded_at, leaf_hash) FROM STDIN"


@dataclass(frozen=True, slots=True)
class Seal:
    """Who signs: the key, and the origin under which its checkpoints are known."""

    origin: str
    key: Ed25519PrivateKey


@transaction.atomic
def seal_events(seal: Seal, *, batch: int = BATCH) -> int:
    """Seal what is written and not sealed, at most `batch` events, and return how many; 0 when another one seals.

    Places are given here and not when events are written: a transaction that commits late loses nothing, and no
    cursor over numbers can step over it. An event that is gone before it was sealed is itself an event.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_BY_INDEX)
        cursor.execute(_TAKE, [batch])
        taken = cursor.fetchall()
    present = [row for row in taken if row[2] is not None]
    _tell_of_gaps([row[0] for row in taken if row[2] is None])
    if present:
        _extend(present, seal)
    return len(present)


def make_months() -> int:
    """Make the partitions of the months to come, and return how many were missing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT governance_audit_make_months(%s)", [MONTHS_AHEAD])
        return int(cursor.fetchone()[0])


def _extend(rows: Sequence[tuple[int, object, bytes]], seal: Seal) -> None:
    head = AuditCheckpoint.objects.last()
    frontier = Frontier(head.size, [bytes(each) for each in head.frontier]) if head else Frontier()
    first = frontier.size
    nodes = list(frontier.extend(bytes(row[2]) for row in rows))
    with connection.cursor() as cursor:
        with cursor.copy(_LEAVES) as copy:
            for number, (event_id, recorded_at, leaf) in enumerate(rows):
                copy.write_row((first + number, event_id, recorded_at, bytes(leaf)))
        cursor.executemany(
            "INSERT INTO governance_audit_node (level, number, hash) VALUES (%s, %s, %s)", nodes
        )
        root = frontier.root()
        note = sign(Checkpoint(seal.origin, frontier.size, root), seal.key, seal.origin)
        cursor.execute(
            "INSERT INTO governance_audit_checkpoint (size, root, frontier, note, sealed_at) "
            "VALUES (%s, %s, %s, %s, %s)",
            [frontier.size, root, list(frontier.hashes), note, timezone.now()],
        )


def _tell_of_gaps(event_ids: Sequence[int]) -> None:
    if event_ids:
        record(
            Event.AUDIT_GAP_FOUND,
            actor=None,
            outcome=Outcome.BROKEN,
            things=tuple(Thing("event", number) for number in event_ids[:100]),
            detail={"missing": len(event_ids)},
        )
