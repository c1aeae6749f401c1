"""What the audit trail itself says is kept outside: where, which heads, since when."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet

from governance.anchors.anchor import Anchor
from governance.audit.events import Event
from governance.models import AuditEvent


class RecordedHead(NamedTuple):
    """A head that an anchor took, by the event that tells of it."""

    anchor: str
    size: int
    root: bytes
    at: datetime


def recorded_heads(anchor: Anchor) -> list[RecordedHead]:
    """Return every head that the trail says this anchor has, the oldest first."""
    return [head for event in _events(anchor).iterator(2000) if (head := _head(anchor, event))]


def last_recorded(anchor: Anchor) -> RecordedHead | None:
    """Return the newest head that the trail says this anchor has."""
    event = _events(anchor).last()
    return None if event is None else _head(anchor, event)


def _events(anchor: Anchor) -> QuerySet[AuditEvent]:
    named = AuditEvent.objects.filter(participant_objects__contains=[f"anchor:{anchor.name}"])
    return named.filter(event=Event.AUDIT_ANCHORED).order_by("id")


def _head(anchor: Anchor, event: AuditEvent) -> RecordedHead | None:
    """None for an event that was changed: verification finds it by its hash, and is not to stumble over it before."""
    try:
        detail = event.told["detail"]
        return RecordedHead(
            anchor.name, int(detail["size"]), bytes.fromhex(detail["root"]), event.recorded_at
        )
    except (KeyError, TypeError, ValueError):
        return None
