"""Keep many grants under review at once, for one stated reason."""

from collections.abc import Collection as Container

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.access import require
from governance.actions.give_grant import subject_of
from governance.actions.record import Deed, Thing, record_many
from governance.actions.refusals import Refused
from governance.audit.events import Event
from governance.models import AccessReview, ReviewRow, User
from governance.oversight import rows_open_to
from governance.permissions import Permission


@transaction.atomic
def keep_review_rows(review: AccessReview, row_ids: Container[int], *, actor: User, reason: str) -> int:
    """Decide to keep those of the rows that are undecided, and return how many that were.

    Rows about the actor's own access are left undecided. Raises PermissionDenied, and Refused without a reason: a
    review that is waved through looks like one that was not done.
    """
    require(actor, Permission.ACCESS_REVIEW, review.collection)
    if not reason.strip():
        raise Refused(_("Say why all of these stay: keeping many at once needs a reason."))
    if review.closed_at is not None:
        raise Refused(_("The review is closed."))
    chosen = list(
        rows_open_to(review, actor)
        .filter(pk__in=row_ids)
        .select_related("grant__role", "grant__collection")
        .select_for_update(of=("self",))
    )
    ReviewRow.objects.filter(pk__in=[row.pk for row in chosen]).update(
        decision=ReviewRow.Decision.KEEP,
        reason=reason.strip(),
        decided_by=actor,
        decided_at=timezone.now(),
    )
    record_many(_kept(row, actor, reason.strip()) for row in chosen)
    return len(chosen)


def _kept(row: ReviewRow, actor: User, reason: str) -> Deed:
    return Deed(
        event=Event.REVIEW_DECIDED,
        actor=actor,
        collection=row.grant.collection,
        things=(
            Thing("access_review", row.review_id),
            Thing("grant", row.grant_id),
            subject_of(row.grant),
        ),
        purpose=reason,
        detail={"decision": str(ReviewRow.Decision.KEEP), "in_bulk": True},
    )
