"""Keep the newest signed head of the audit trail outside of the database, and note that it is there."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from governance.actions.record import Thing, record
from governance.anchors.anchor import Anchor
from governance.anchors.recorded import last_recorded
from governance.audit.events import Event
from governance.models import AuditCheckpoint, AuditEvent, AuditLeaf

# An anchor's own event makes a new head; within so few events it is looked at whether there are others.
_FEW = 100


def anchor_head(anchor: Anchor) -> bool:
    """Let `anchor` keep the newest head, if it is due, and say whether it was. Raises Unavailable.

    An anchor whose heads are recorded is asked at most every AUDIT_ANCHOR_MINUTES, and not for a head that adds
    nothing but anchoring. The event comes after the head is kept: what is recorded, the anchor has. When recording
    fails, the same head is kept again later, which changes nothing.
    """
    head = AuditCheckpoint.objects.last()
    if head is None or (anchor.recorded and not _is_due(anchor, head)):
        return False
    anchor.keep(head.size, head.note)
    if anchor.recorded:
        record(
            Event.AUDIT_ANCHORED,
            actor=None,
            things=(Thing("anchor", anchor.name),),
            detail={"size": head.size, "root": bytes(head.root).hex()},
        )
    return True


def _is_due(anchor: Anchor, head: AuditCheckpoint) -> bool:
    last = last_recorded(anchor)
    if last is None:
        return True
    if last.at > timezone.now() - timedelta(minutes=settings.AUDIT_ANCHOR_MINUTES):
        return False
    return _adds_events(last.size, head.size)


def _adds_events(old: int, new: int) -> bool:
    """Whether any event between two heads tells of something else than of anchoring."""
    if new - old > _FEW:
        return True
    added = AuditLeaf.objects.filter(position__gte=old, position__lt=new).values_list("event_id", flat=True)
    return AuditEvent.objects.filter(id__in=list(added)).exclude(event=Event.AUDIT_ANCHORED).exists()
