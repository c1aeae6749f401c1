"""Issue a bearer token for the API."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.models import ApiToken, User
from governance.permissions import Permission

LONGEST_DAYS = 366


@transaction.atomic
def issue_token(
    user: User,
    *,
    name: str,
    expires_at: datetime,
    scopes: Iterable[Permission] = (),
    actor: User | None = None,
) -> str:
    """Store a new token of `user`, held to `scopes` if there are any, and return its secret, which cannot be read again.

    People issue their own; those of a program only the person who answers for it, whoever gave it what it may do.
    `actor` is None for the command line, whose user owns the installation. Raises PermissionDenied, and ValidationError
    for an end that is past or over a year away.
    """
    now = timezone.now()
    # Locked, so that no token is made for a program that is being handed over.
    owner = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    _check(owner, actor, now)
    if not now < expires_at <= now + timedelta(days=LONGEST_DAYS):
        raise ValidationError({"expires_at": _("A token lasts from now for up to 366 days.")})
    secret = ApiToken.new_secret()
    named = sorted({scope.value for scope in scopes})
    token = ApiToken.objects.create(
        user=user, name=name, digest=ApiToken.digest_of(secret), expires_at=expires_at, scopes=named
    )
    things = (Thing("token", token.pk), Thing("user", user.pk))
    detail = {"expires": f"{expires_at:%Y-%m-%d}", "scopes": named}
    record(Event.TOKEN_ISSUED, actor=actor, things=things, detail=detail)
    return secret


def refuse_another_s(owner: User, actor: User) -> None:
    """Raise PermissionDenied unless the tokens of `owner` are for `actor` to make."""
    if actor.pk == owner.behind:
        return
    if owner.kind == User.Kind.SERVICE:
        raise PermissionDenied(_("Only the person who answers for a service account makes its tokens."))
    raise PermissionDenied(_("People make their own tokens."))


def _check(owner: User, actor: User | None, now: datetime) -> None:
    if actor is not None:
        refuse_another_s(owner, actor)
    if not owner.is_answered_for(now):
        raise PermissionDenied(
            _("Nobody answers for this account any more: somebody has to take it over first.")
        )
