"""End sessions: at once, wherever they are open."""

from django.db import transaction

from governance.access import require
from governance.actions.close_lens import ClosedBy, close_lenses
from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.credentials import session_credential
from governance.models import Session, User
from governance.permissions import Permission


@transaction.atomic
def end_sessions(user: User, *, actor: User | None, but: str | None = None) -> int:
    """End all sessions of `user`, or all but the one with the key `but`, close their lenses, and return how many.

    Everybody ends their own; for another's the permission user:manage is needed. `actor` is None for the installation.
    """
    if actor is not None and actor != user:
        require(actor, Permission.USER_MANAGE)
    ended = Session.objects.of(user).exclude(pk=but) if but else Session.objects.of(user)
    keys = list(ended.values_list("pk", flat=True))
    if not keys:
        return 0
    Session.objects.filter(pk__in=keys).delete()
    shown = [session_credential(key) for key in keys]
    close_lenses(user, by=ClosedBy.SESSION_ENDED, actor=actor, credentials=shown)
    record(
        Event.SESSIONS_ENDED, actor=actor, things=(Thing("user", user.pk),), detail={"sessions": len(keys)}
    )
    return len(keys)
