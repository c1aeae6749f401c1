"""What Django, django-allauth and django-axes announce of signing in and out goes into the audit trail."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest

from governance.actions.record import Thing, record
from governance.audit import origin
from governance.audit.events import Event, Outcome
from governance.credentials import credential_of
from governance.middleware import address_of
from governance.models import User
from governance.models.sessions import DEVICE_LENGTH
from governance.session_store import SessionStore


@receiver(user_logged_in)
def _signed_in(user: User, request: HttpRequest, **_told: Any) -> None:
    if isinstance(request.session, SessionStore):
        device = request.headers.get("User-Agent", "")[:DEVICE_LENGTH]
        request.session.came_from(address_of(request), device)
    origin.show(credential_of(request))
    record(Event.SIGNED_IN, actor=user)


@receiver(user_logged_out)
def _signed_out(user: User | None, **_told: Any) -> None:
    if user is not None:
        record(Event.SIGNED_OUT, actor=user)


@receiver(user_login_failed)
def _failed(credentials: dict[str, Any], **_told: Any) -> None:
    """Name the account when there is one; what else was typed may be a password in the wrong field."""
    record(
        Event.SIGN_IN_FAILED, actor=None, outcome=Outcome.REFUSED, things=_known(credentials.get("username"))
    )


@receiver(user_locked_out)
def _locked_out(request: HttpRequest, **_told: Any) -> None:
    typed = request.axes_credentials.get("username")  # type: ignore[attr-defined]
    record(Event.LOCKED_OUT, actor=None, outcome=Outcome.REFUSED, things=_known(typed))


@receiver(authentication_failed)
def _second_factor_failed(user: User, authenticator: Authenticator, **_told: Any) -> None:
    record(
        Event.SIGN_IN_FAILED,
        actor=None,
        outcome=Outcome.REFUSED,
        things=(Thing("user", user.pk),),
        detail={"second_factor": str(authenticator.type)},
    )


@receiver(post_save, sender=Authenticator)
def _second_factor_added(instance: Authenticator, created: bool, **_told: Any) -> None:
    if created:
        _tell(Event.SECOND_FACTOR_ADDED, instance)


@receiver(post_delete, sender=Authenticator)
def _second_factor_removed(instance: Authenticator, **_told: Any) -> None:
    _tell(Event.SECOND_FACTOR_REMOVED, instance)


def _tell(event: Event, authenticator: Authenticator) -> None:
    """In the same transaction, which django-allauth's own signals are sent after.

    Their owner does it, unless `removed_by` says otherwise (actions/reset_second_factor.py).
    """
    kind = {"kind": str(authenticator.type)}
    actor = getattr(authenticator, "removed_by", authenticator.user)
    record(event, actor=actor, things=(Thing("user", authenticator.user_id),), detail=kind)


def _known(username: object) -> tuple[Thing, ...]:
    known = User.objects.filter(username=str(username or "")).first()
    return (Thing("user", known.pk),) if known else ()
