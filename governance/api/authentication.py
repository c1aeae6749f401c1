"""Bearer tokens (RFC 6750): how programs sign in to the API."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import APIException, AuthenticationFailed, Throttled
from rest_framework.request import Request

from governance.actions.record import record
from governance.api.errors import SecondFactorNeeded
from governance.api.throttling import REFUSALS, count_refusal
from governance.audit import origin
from governance.audit.events import Event, Outcome
from governance.entry.second_factor import lacks_own_factor
from governance.models import ApiToken, User
from governance.permissions import Permission

# Often enough to tell a live token from a forgotten one, rarely enough not to write on every request.
LAST_USED_PRECISION = timedelta(minutes=1)


class TokenAuthentication(BaseAuthentication):
    """Sign in the owner of a token that has not expired; leave requests without one to the session."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the owner and the token; None without a Bearer header.

        Raises AuthenticationFailed for a bad token, and SecondFactorNeeded while its owner has to set one up.
        """
        scheme, _, secret = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        now = timezone.now()
        token = (
            ApiToken.objects.usable(secret.decode("latin-1").strip(), at=now)
            .select_related("user__answerable")
            .first()
        )
        if token is None:
            raise _refusal()
        if token.last_used_at is None or now - token.last_used_at > LAST_USED_PRECISION:
            # The condition again, because of the requests that run beside this one.
            stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - LAST_USED_PRECISION)
            ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
        origin.show(f"token:{token.pk}")
        if lacks_own_factor(token.user):
            raise SecondFactorNeeded(token.user)
        if token.scopes:
            # A scope that no version knows any more allows nothing.
            token.user.narrowed_to = frozenset(each for each in Permission if each.value in token.scopes)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme for WWW-Authenticate, which makes refusals 401 instead of 403."""
        return 'Bearer realm="isocenter"'


def _refusal() -> APIException:
    """Write the refusal down, up to so many of one address; one more row says that there are more."""
    refusals, seconds_left = count_refusal(origin.current().address)
    if refusals <= REFUSALS:
        record(Event.TOKEN_REFUSED, actor=None, outcome=Outcome.REFUSED)
        return AuthenticationFailed("The token is unknown or has expired, or its owner may not sign in.")
    if refusals == REFUSALS + 1:
        record(Event.TOKEN_REFUSED, actor=None, outcome=Outcome.REFUSED, detail={"more_follow": True})
    return Throttled(wait=seconds_left)
