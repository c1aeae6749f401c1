"""What Django announces of signing in and out goes into the audit trail."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

from governance.actions.record import Thing, record
from governance.audit.events import Event, Outcome
from governance.models import User


@receiver(user_logged_in)
def _signed_in(user: User, **_told: Any) -> None:
    record(Event.SIGNED_IN, actor=user)


@receiver(user_logged_out)
def _signed_out(user: User | None, **_told: Any) -> None:
    if user is not None:
        record(Event.SIGNED_OUT, actor=user)


@receiver(user_login_failed)
def _failed(credentials: dict[str, Any], **_told: Any) -> None:
    """Name the account when there is one; what else was typed may be a password in the wrong field."""
    known = User.objects.filter(username=credentials.get("username") or "").first()
    things = (Thing("user", known.pk),) if known else ()
    record(Event.SIGN_IN_FAILED, actor=None, outcome=Outcome.REFUSED, things=things)
