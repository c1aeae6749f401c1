"""Issue a bearer token for the API."""

from datetime import datetime

from governance.models import ApiToken, User


def issue_token(user: User, *, name: str, expires_at: datetime) -> str:
    """Store a new token of `user` and return its secret, which cannot be read again."""
    secret = ApiToken.new_secret()
    ApiToken.objects.create(user=user, name=name, digest=ApiToken.digest_of(secret), expires_at=expires_at)
    return secret
