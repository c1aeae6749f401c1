"""Who may sign in at all, and with a password."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from django.utils import timezone

from governance.models import User


def may_sign_in(user: User) -> bool:
    """Whether the account is open to a person at a browser: not deactivated, not over, and not a program's."""
    return user.is_active and user.kind != User.Kind.SERVICE and not user.has_ended(timezone.now())


class PasswordBackend(ModelBackend):
    """Names and passwords. An account that is not open is told apart from a wrong password by nothing, time included."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        user = super().authenticate(request, username=username, password=password, **kwargs)
        return user if isinstance(user, User) and may_sign_in(user) else None
