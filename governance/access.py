"""The one place that says who may do what on which Collection."""

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from guardian.shortcuts import get_objects_for_user

from governance.models import Collection, User
from governance.permissions import Permission

Person = User | AnonymousUser


def collections_for(user: Person, permission: Permission) -> QuerySet[Collection]:
    """Return the Collections on which `user` holds `permission`, directly, by group, or on all of them."""
    if not user.is_authenticated or not user.is_active:
        return Collection.objects.none()
    found: QuerySet[Collection] = get_objects_for_user(user, permission.django_name, klass=Collection)
    return found


def can(user: Person, permission: Permission, collection: Collection | None = None) -> bool:
    """Tell whether `user` holds `permission` on `collection`; with none, whether on every Collection."""
    if not user.is_authenticated or not user.is_active:
        return False
    if user.has_perm(permission.django_name):
        return True
    return collection is not None and user.has_perm(permission.django_name, collection)


def can_anywhere(user: Person, permission: Permission) -> bool:
    """Tell whether `user` holds `permission` on all Collections, or on at least one."""
    return can(user, permission) or collections_for(user, permission).exists()


def require(user: Person, permission: Permission, collection: Collection | None = None) -> None:
    """Raise PermissionDenied, naming the permission that is missing, unless `can` says yes."""
    if not can(user, permission, collection):
        where = f"on {collection}" if collection else "on all collections"
        raise PermissionDenied(f"This needs the permission {permission.value} {where}.")
