"""Let grants begin and end when their time has come, and mend what is stored beside them."""

from django.db import transaction
from django.utils import timezone

from governance.actions.apply_grants import Drift, apply_grants
from governance.actions.give_grant import subject_of
from governance.actions.record import Deed, Thing, record, record_many
from governance.audit.events import Event, Outcome
from governance.models import Grant


@transaction.atomic
def end_grants() -> int:
    """Store what has begun, take away what is over, and return how many grants that were.

    Nothing depends on its being prompt: the end of a grant counts from its moment on (governance/access.py).
    """
    now = timezone.now()
    due = list(
        Grant.objects.out_of_step(now).select_related("role", "collection").select_for_update(of=("self",))
    )
    if not due:
        return 0
    apply_grants()
    over = [grant for grant in due if grant.is_stored and grant.revoked_at is None]
    record_many(
        Deed(
            event=Event.GRANT_EXPIRED,
            collection=grant.collection,
            things=(Thing("grant", grant.pk), subject_of(grant)),
            detail={"role": grant.role.slug},
        )
        for grant in over
    )
    return len(due)


@transaction.atomic
def check_grants() -> Drift:
    """Hold every stored permission against the grants, mend what differs, and write down how much that was.

    What differs was changed past this program: nothing of it counted (governance/access.py), but somebody tried.
    """
    end_grants()
    drift = apply_grants()
    if any(drift):
        record(
            Event.GRANTS_REPAIRED,
            actor=None,
            outcome=Outcome.BROKEN,
            detail={"missing": drift.added, "unfounded": drift.removed},
        )
    return drift
