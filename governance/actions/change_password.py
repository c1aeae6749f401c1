"""Change one's password."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from governance.actions.end_sessions import end_sessions
from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.models import User


@transaction.atomic
def change_password(user: User, password: str, *, actor: User | None, here: str | None = None) -> None:
    """Give `user` a password that was checked before, and end all their sessions but the one with the key `here`.

    People change their own; `actor` is None for the command line. A service account has none.
    """
    if actor is not None and actor != user:
        raise PermissionDenied("Everybody changes their own password.")
    if user.kind == User.Kind.SERVICE:
        raise PermissionDenied("A service account has no password.")
    user.set_password(password)
    user.save(update_fields=["password"])
    record(Event.PASSWORD_CHANGED, actor=actor, things=(Thing("user", user.pk),))
    end_sessions(user, actor=actor, but=here)
