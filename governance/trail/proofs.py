"""Proofs for those who do not trust this database (RFC 9162 section 2.1)."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from django.db import connection

from governance.audit.bundle import proof_of_event
from governance.audit.merkle import StoredTree, consistency_proof, inclusion_proof
from governance.models import AuditCheckpoint, AuditEvent, AuditLeaf

CONSISTENCY_FORMAT = "isocenter-audit-consistency/1"


class NotSealed(Exception):
    """There is no such event or checkpoint in the sealed part; the message says which."""


def prove_event(event_id: int) -> bytes:
    """Return the file that holds the event's bytes, its place, and the path from it to the newest signed head. Raises NotSealed."""
    leaf = AuditLeaf.objects.filter(event_id=event_id).first()
    head = AuditCheckpoint.objects.last()
    if leaf is None or head is None or leaf.position >= head.size:
        raise NotSealed(f"Event {event_id} is not sealed, or there is no such event.")
    payload = AuditEvent.objects.values_list("payload", flat=True).get(
        id=event_id, recorded_at=leaf.recorded_at
    )
    path = inclusion_proof(leaf.position, head.size, stored_tree().subtree)
    return proof_of_event(leaf.position, bytes(payload), path, head.note)


def prove_consistency(old: int, new: int) -> dict[str, Any]:
    """Return the path that shows the tree of `new` events to begin with that of `old` ones. Raises NotSealed."""
    heads = AuditCheckpoint.objects.in_bulk([old, new])
    if missing := [size for size in (old, new) if size not in heads]:
        raise NotSealed(f"There is no checkpoint of {missing[0]} events.")
    if old > new:
        raise NotSealed("The earlier checkpoint comes first.")
    path = consistency_proof(old, new, stored_tree().subtree)
    return {
        "format": CONSISTENCY_FORMAT,
        "proof": [b64encode(each).decode() for each in path],
        "old": heads[old].note,
        "new": heads[new].note,
    }


def stored_tree() -> StoredTree:
    """The tree as it is stored: leaves, and the roots of each 256, 65,536 and so on of them."""
    return StoredTree(_leaves, _node)


def _leaves(start: int, end: int) -> Sequence[bytes]:
    found = AuditLeaf.objects.filter(position__gte=start, position__lt=end).order_by("position")
    return [bytes(each) for each in found.values_list("leaf_hash", flat=True)]


def _node(level: int, number: int) -> bytes | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT hash FROM governance_audit_node WHERE level = %s AND number = %s", [level, number]
        )
        row = cursor.fetchone()
    return bytes(row[0]) if row else None
