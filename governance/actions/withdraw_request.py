"""Take back a request for access."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.access import refuse_narrowed
from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.models import AccessRequest, User


@transaction.atomic
def withdraw_request(request: AccessRequest, *, actor: User) -> bool:
    """Close an open request of the actor's own, and tell whether it was still open. Raises PermissionDenied."""
    refuse_narrowed(actor)
    if request.requester_id != actor.pk:
        raise PermissionDenied(_("Only who made a request can withdraw it."))
    withdrawn = AccessRequest.objects.open().filter(pk=request.pk)
    if not withdrawn.update(state=AccessRequest.State.WITHDRAWN, decided_at=timezone.now()):
        return False
    record(
        Event.REQUEST_WITHDRAWN,
        actor=actor,
        collection=request.collection,
        things=(Thing("access_request", request.pk),),
    )
    return True
