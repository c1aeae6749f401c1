"""The declaration that every page makes: which permission it needs."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from governance.access import can_anywhere
from governance.permissions import Permission

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)
View = Callable[Concatenate[HttpRequest, P], R]


def needs(permission: Permission) -> Callable[[View[P, R]], View[P, R]]:
    """Refuse those who hold `permission` nowhere; rows are then narrowed by the queryset's visible_to().

    The permission stays readable on the view, where the architecture test looks for it.
    """

    def declare(view: View[P, R]) -> View[P, R]:
        @wraps(view)
        def gated(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> R:
            if not can_anywhere(request.user, permission):
                raise PermissionDenied(f"This page needs the permission {permission.value}.")
            return view(request, *args, **kwargs)

        gated.permission = permission  # type: ignore[attr-defined]
        return gated

    return declare
