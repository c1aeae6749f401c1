"""Issue a bearer token for the API."""

from datetime import datetime

from django.db import transaction

from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.models import ApiToken, User


@transaction.atomic
def issue_token(user: User, *, name: str, expires_at: datetime, actor: User | None = None) -> str:
    """Store a new token of `user` and return its secret, which cannot be read again.

    `actor` is None for the command line, whose user owns the installation.
    """
    secret = ApiToken.new_secret()
    token = ApiToken.objects.create(
        user=user, name=name, digest=ApiToken.digest_of(secret), expires_at=expires_at
    )
    things = (Thing("token", token.pk), Thing("user", user.pk))
    record(Event.TOKEN_ISSUED, actor=actor, things=things, detail={"expires": f"{expires_at:%Y-%m-%d}"})
    return secret
