"""Verify the whole audit trail, and write down what was found."""

from django.db import connection

from governance.access import require
from governance.actions.record import record
from governance.anchors.anchor import Unavailable
from governance.anchors.configured import configured_anchors
from governance.audit.events import Event, Outcome
from governance.models import User
from governance.permissions import Permission
from governance.trail.keys import NoKey, verifying_key
from governance.trail.standing import VERIFYING_LOCK, forget_asked, mark_asked
from governance.trail.verify import Report, verify_trail


def ask_for_verification(actor: User) -> bool:
    """Note that `actor` wants the trail verified; False where that is under way. Raises NoKey, PermissionDenied.

    It is the whole trail that is verified, so the permission has to be held on all Collections.
    """
    require(actor, Permission.AUDIT_READ)
    verifying_key()
    return mark_asked()


def verify_audit(actor: User | None) -> Report | None:
    """Verify the trail and record the result in the name of `actor`; None where somebody else is at it.

    The lock belongs to the session: the walk itself runs in a transaction of its own, which writes nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [VERIFYING_LOCK])
        if not cursor.fetchone()[0]:
            return None
    try:
        report = _verified(actor)
    finally:
        forget_asked()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [VERIFYING_LOCK])
    return report


def _verified(actor: User | None) -> Report | None:
    try:
        report = verify_trail(verifying_key(), anchors=configured_anchors())
    except (NoKey, OSError, Unavailable) as error:
        found = {"events": 0, "position": None, "finding": f"Not verified: {type(error).__name__}"}
        record(Event.AUDIT_VERIFIED, actor=actor, outcome=Outcome.FAILED, detail=found)
        return None
    record_verification(report, actor)
    return report


def record_verification(report: Report, actor: User | None) -> None:
    """Write down what a verification found, whoever ran it: pages tell of the newest."""
    finding = report.finding
    record(
        Event.AUDIT_VERIFIED,
        actor=actor,
        outcome=Outcome.SUCCESS if finding is None else Outcome.BROKEN,
        detail={
            "events": report.events,
            "checkpoints": report.checkpoints,
            "position": finding.position if finding else None,
            "finding": finding.said if finding else "",
        },
    )
