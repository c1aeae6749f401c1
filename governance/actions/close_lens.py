"""Close lenses before their time."""

from django.db import transaction
from django.utils import timezone

from governance.actions.record import Deed, Thing, record_many
from governance.audit.events import Event
from governance.models import Lens, User


@transaction.atomic
def close_lenses(user: User, *, credential: str | None = None) -> int:
    """Close the open lenses of `user`, or of one session or token of theirs, and return how many that were."""
    now = timezone.now()
    theirs = Lens.objects.filter(user=user).open_at(now)
    if credential is not None:
        theirs = theirs.shown_with(credential)
    lenses = list(theirs.select_related("collection").select_for_update(of=("self",)))
    if not lenses:
        return 0
    Lens.objects.filter(pk__in=[lens.pk for lens in lenses]).update(closed_at=now)
    record_many(
        Deed(
            event=Event.LENS_CLOSED,
            actor=user,
            collection=lens.collection,
            things=(Thing("lens", lens.pk),),
            purpose=lens.purpose,
            detail={"seconds": int((now - lens.opened_at).total_seconds())},
        )
        for lens in lenses
    )
    return len(lenses)
