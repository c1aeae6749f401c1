"""Close lenses before their time."""

from collections.abc import Collection as Container
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils import timezone

from governance.actions.record import Deed, Thing, record_many
from governance.audit.events import Event
from governance.models import Lens, User


class ClosedBy(StrEnum):
    """Why a lens shows nothing any more, as its event says."""

    ASKED = "closed"
    NEXT = "another opened"
    SESSION_ENDED = "session ended"
    ACCOUNT_CLOSED = "account closed"
    TOKENS_ENDED = "tokens ended"
    RAN_OUT = "ran out"


@transaction.atomic
def close_lenses(
    user: User, *, by: ClosedBy, actor: User | None, credentials: Container[str] | None = None
) -> int:
    """Close the open lenses of `user`, or of some sessions and tokens of theirs, and return how many that were.

    The events are of `actor`, None for the installation: it need not be the one who had them open.
    """
    now = timezone.now()
    theirs = Lens.objects.filter(user=user).open_at(now)
    if credentials is not None:
        theirs = theirs.shown_with(*credentials)
    lenses = list(theirs.select_related("collection").select_for_update(of=("self",)))
    if not lenses:
        return 0
    Lens.objects.filter(pk__in=[lens.pk for lens in lenses]).update(closed_at=now)
    record_many(closing_of(lens, now, by, actor) for lens in lenses)
    return len(lenses)


def closing_of(lens: Lens, at: datetime, by: ClosedBy, actor: User | None) -> Deed:
    """Return the event that a lens closed: whose it was, when, after how long and why."""
    return Deed(
        event=Event.LENS_CLOSED,
        actor=actor,
        collection=lens.collection,
        things=(Thing("lens", lens.pk), Thing("user", lens.user_id)),
        purpose=lens.purpose,
        detail={
            "seconds": int((at - lens.opened_at).total_seconds()),
            "ended": at.isoformat(timespec="seconds"),
            "cause": by.value,
        },
    )
