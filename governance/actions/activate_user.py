"""Open an account again."""

from django.db import transaction

from governance.access import forget_scopes, require
from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.models import User
from governance.permissions import Permission


@transaction.atomic
def activate_user(user: User, *, actor: User | None) -> None:
    """Let `user` sign in again, with the grants that are still in force. Their tokens stay revoked. Needs user:manage."""
    if actor is not None:
        require(actor, Permission.USER_MANAGE)
    if not User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        return
    user.is_active = True
    record(Event.USER_ACTIVATED, actor=actor, things=(Thing("user", user.pk),))
    forget_scopes([user])
