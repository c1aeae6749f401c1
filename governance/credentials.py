"""How the audit trail, and a PHI lens, name what somebody showed to be let in: a session by a digest, a token by its number."""

from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from rest_framework.request import Request

from governance.models import ApiToken

_HEX_DIGITS = 16


def credential_of(request: HttpRequest | Request) -> str:
    """Return `token:…` or `session:…` for what the request showed, and nothing for a request that showed nothing."""
    token = getattr(request, "auth", None)
    if isinstance(token, ApiToken):
        return f"token:{token.pk}"
    key = getattr(getattr(request, "session", None), "session_key", None)
    return session_credential(key) if key else ""


def session_credential(key: str) -> str:
    """Return the name of the session with this key: a digest under the secret key, from which nobody gets the key back."""
    digest = salted_hmac("isocenter.session", key, algorithm="sha256").hexdigest()
    return f"session:{digest[:_HEX_DIGITS]}"
