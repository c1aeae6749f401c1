"""Take an invitation back."""

from django.db import transaction
from django.utils import timezone

from governance.access import require
from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.models import Invitation, User
from governance.permissions import Permission


@transaction.atomic
def withdraw_invitation(invitation: Invitation, *, actor: User | None) -> bool:
    """Make the link worth nothing. Needs user:manage. Returns whether it was still open."""
    if actor is not None:
        require(actor, Permission.USER_MANAGE)
    now = timezone.now()
    if not Invitation.objects.open_at(now).filter(pk=invitation.pk).update(withdrawn_at=now):
        return False
    record(Event.INVITATION_WITHDRAWN, actor=actor, things=(Thing("invitation", invitation.pk),))
    return True
