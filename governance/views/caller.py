"""Who asks for a page."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from governance.models import User


def caller(request: HttpRequest) -> User:
    """Return who is signed in: LoginRequiredMiddleware lets nobody else reach a page of theirs."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
