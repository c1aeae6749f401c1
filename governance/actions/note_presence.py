"""Note that somebody is there."""

from datetime import datetime

from governance.models import Session
from governance.models.sessions import PRESENCE_PRECISION


def note_presence(session: Session, at: datetime) -> None:
    """Move the session's last sign of life to `at`, at most once a minute; the trail has what was done instead."""
    if at - session.last_seen_at < PRESENCE_PRECISION:
        return
    # The condition again, because of the requests that run beside this one.
    stale = Session.objects.filter(pk=session.pk, last_seen_at__lt=at - PRESENCE_PRECISION)
    if stale.update(last_seen_at=at):
        session.last_seen_at = at
