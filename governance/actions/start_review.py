"""Begin a campaign in which the access of others is looked at again."""

from datetime import date

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.access import require
from governance.actions.record import Thing, record
from governance.actions.refusals import Refused
from governance.audit.events import Event
from governance.models import AccessReview, Collection, User
from governance.permissions import Permission

# Every grant in force, as it is found: when it was last used is what the decision is made by.
_ROWS = """
    INSERT INTO governance_reviewrow (review_id, grant_id, last_used_at, decision, reason)
    SELECT %(review)s, g.id, g.last_used_at, '', '' FROM governance_grant g
    WHERE (%(collection)s::bigint IS NULL OR g.collection_id = %(collection)s)
      AND g.revoked_at IS NULL AND g.starts_at <= %(now)s AND (g.expires_at IS NULL OR g.expires_at > %(now)s)
    ORDER BY g.collection_id NULLS FIRST, g.id"""


@transaction.atomic
def start_review(
    name: str, *, actor: User, due_on: date, collection: Collection | None = None
) -> AccessReview:
    """Make a row of every grant in force on `collection`, or of every grant at all for None.

    Raises PermissionDenied, and Refused for a day that is over or where nobody holds anything.
    """
    require(actor, Permission.ACCESS_REVIEW, collection)
    if not name.strip():
        raise Refused(_("A review has a name."))
    if due_on < timezone.localdate():
        raise Refused(_("The day on which it is due is over."))
    review = AccessReview.objects.create(
        name=name.strip(), collection=collection, due_on=due_on, started_by=actor
    )
    with connection.cursor() as cursor:
        asked = {
            "review": review.pk,
            "collection": collection.pk if collection else None,
            "now": timezone.now(),
        }
        cursor.execute(_ROWS, asked)
        rows = cursor.rowcount
    if not rows:
        raise Refused(_("Nobody holds anything there: there is nothing to review."))
    record(
        Event.REVIEW_STARTED,
        actor=actor,
        collection=collection,
        things=(Thing("access_review", review.pk),),
        detail={"rows": rows, "due": due_on.isoformat()},
    )
    return review
