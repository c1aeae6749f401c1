"""Issue a bearer token for the API."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.access import require
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

    People issue their own; those of service accounts need user:manage. `actor` is None for the command line, whose user
    owns the installation. Raises PermissionDenied, and ValidationError for an end that is past or over a year away.
    """
    if actor is not None and actor != user:
        if user.kind != User.Kind.SERVICE:
            raise PermissionDenied(_("People make their own tokens."))
        require(actor, Permission.USER_MANAGE)
    now = timezone.now()
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
