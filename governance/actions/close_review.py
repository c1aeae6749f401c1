"""End a review whose every row is decided."""

from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import ngettext

from governance.access import require
from governance.actions.record import Thing, record
from governance.actions.refusals import Refused
from governance.audit.events import Event
from governance.models import AccessReview, User
from governance.permissions import Permission


@transaction.atomic
def close_review(review: AccessReview, *, actor: User) -> bool:
    """Close `review`, and tell whether it was open. Raises PermissionDenied; Refused says how many rows are left."""
    require(actor, Permission.ACCESS_REVIEW, review.collection)
    # The review's row is locked first: nobody decides a row of it between the count and the end.
    AccessReview.objects.select_for_update().get(pk=review.pk)
    if left := review.rows.undecided().count():
        said = ngettext("%(n)d row is still undecided.", "%(n)d rows are still undecided.", left)
        raise Refused(said % {"n": left})
    now = timezone.now()
    if not AccessReview.objects.filter(pk=review.pk, closed_at__isnull=True).update(
        closed_at=now, closed_by=actor
    ):
        return False
    counted = review.rows.order_by().values_list("decision").annotate(n=Count("id"))
    record(
        Event.REVIEW_CLOSED,
        actor=actor,
        collection=review.collection,
        things=(Thing("access_review", review.pk),),
        detail={str(decision): n for decision, n in counted},
    )
    return True
