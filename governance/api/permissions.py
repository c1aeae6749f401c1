"""The declaration that every API view makes: which permission each of its actions needs."""

from collections.abc import Mapping
from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from governance.access import can_anywhere
from governance.permissions import Permission


def needed(view: Any) -> Permission | None:
    """Return what `view` declares for the action at hand: `action_permissions`, else `permission`."""
    by_action: Mapping[str, Permission | None] = getattr(view, "action_permissions", {})
    default: Permission | None = getattr(view, "permission", None)
    return by_action.get(getattr(view, "action", None) or "", default)


class HoldsPermission(BasePermission):
    """Refuse those who hold the permission nowhere; rows are then narrowed by the queryset's visible_to().

    A view that declares nothing is refused to everybody: forgetting must not open a door.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        permission = needed(view)
        if not request.user.is_authenticated or permission is None:
            return False
        self.message = f"This needs the permission {permission.value}."
        return can_anywhere(request.user, permission)


class SignedIn(BasePermission):
    """For what everybody may see who can sign in: the API's own description."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.user.is_authenticated
