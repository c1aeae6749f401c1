"""Revoke a token."""

from django.db import transaction
from django.utils import timezone

from governance.access import require
from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.models import ApiToken, User
from governance.permissions import Permission


@transaction.atomic
def revoke_token(token: ApiToken, *, actor: User | None) -> None:
    """Make `token` worth nothing, from the next request on; one that is revoked already stays as it is.

    Everybody revokes their own, and those of programs that they answer for; another's needs user:manage.
    """
    if actor is not None and actor.pk != token.user.behind:
        require(actor, Permission.USER_MANAGE)
    if not ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=timezone.now()):
        return
    things = (Thing("token", token.pk), Thing("user", token.user_id))
    record(Event.TOKEN_REVOKED, actor=actor, things=things)
