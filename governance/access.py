"""The one place that says who may do what on which Collection, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Q, QuerySet, Value
from django.utils import timezone

from governance.arrays import is_one_of
from governance.models import BreakGlass, Collection, User
from governance.permissions import Permission

Person = User | AnonymousUser


class InCollection(Protocol):
    """Whatever belongs to a Collection: a source, a study."""

    @property
    def collection(self) -> Collection: ...


# From here on ids go to the database as one array. Of a single one it knows that the rows come in an index's order.
_MANY = 2


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a permission is held: everywhere, or on the Collections of these ids."""

    everywhere: bool = False
    ids: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return self.everywhere or bool(self.ids)

    def holds(self, collection_id: int | None) -> bool:
        """Tell whether it reaches a Collection; None asks for all of them."""
        return self.everywhere or collection_id in self.ids

    def over(self, column: str) -> Q:
        """The condition that a row lies in it, by the column that holds the id of the row's Collection."""
        if self.everywhere:
            return Q()
        if len(self.ids) < _MANY:
            return Q(**{f"{column}__in": self.ids})
        return is_one_of(column, Value(f"{{{','.join(map(str, self.ids))}}}"))


NOWHERE = Scope()
EVERYWHERE = Scope(everywhere=True)

# A permission counts where django-guardian's stored row and a grant in force agree: neither a row that somebody wrote
# by hand nor a grant that ended a moment ago opens anything.
# Sub-queries stand in arrays, so that every part starts from an index of the person or of their groups: with IN, the OR
# over both reads every grant there is.
_HELD = """
    WITH subject_groups AS (SELECT group_id FROM governance_user_groups WHERE user_id = %(user)s),
    wanted AS (
        SELECT p.id FROM auth_permission p JOIN django_content_type t ON t.id = p.content_type_id
        WHERE t.app_label = 'governance' AND t.model = 'collection' AND p.codename = %(codename)s),
    stored AS (
        SELECT object_pk::bigint AS collection_id FROM guardian_userobjectpermission
        WHERE user_id = %(user)s AND permission_id = (SELECT id FROM wanted)
        UNION ALL
        SELECT object_pk::bigint FROM guardian_groupobjectpermission
        WHERE group_id = ANY(ARRAY(SELECT group_id FROM subject_groups)) AND permission_id = (SELECT id FROM wanted)
        UNION ALL
        SELECT NULL FROM governance_user_user_permissions
        WHERE user_id = %(user)s AND permission_id = (SELECT id FROM wanted)
        UNION ALL
        SELECT NULL FROM auth_group_permissions
        WHERE group_id = ANY(ARRAY(SELECT group_id FROM subject_groups)) AND permission_id = (SELECT id FROM wanted)),
    given AS (
        SELECT collection_id FROM governance_grant
        WHERE (user_id = %(user)s OR group_id = ANY(ARRAY(SELECT group_id FROM subject_groups)))
          AND role_id = ANY(ARRAY(SELECT id FROM governance_role WHERE %(value)s = ANY(permissions)))
          AND revoked_at IS NULL AND starts_at <= %(now)s AND (expires_at IS NULL OR expires_at > %(now)s))
    SELECT collection_id FROM stored INTERSECT SELECT collection_id FROM given"""


def can(user: Person, permission: Permission, where: Collection | InCollection | None = None) -> bool:
    """Tell whether `user` holds `permission` on a Collection or on what belongs to it; with None, on all of them."""
    return scope_of(user, permission).holds(_collection_id(where))


def can_anywhere(user: Person, permission: Permission) -> bool:
    """Tell whether `user` holds `permission` on at least one Collection; what is about none has to be held on all."""
    scope = scope_of(user, permission)
    return scope.everywhere if permission.everywhere_only else bool(scope)


def collections_for(user: Person, permission: Permission) -> QuerySet[Collection]:
    """Return the Collections on which `user` holds `permission`, directly, by group, or on all of them."""
    scope = scope_of(user, permission)
    return Collection.objects.all() if scope.everywhere else Collection.objects.filter(pk__in=scope.ids)


def require(user: Person, permission: Permission, where: Collection | InCollection | None = None) -> None:
    """Raise PermissionDenied, naming the permission that is missing, unless `can` says yes."""
    if not can(user, permission, where):
        place = "here" if where is not None else "on all collections"
        raise PermissionDenied(f"This needs the permission {permission.value} {place}.")


def scope_of(user: Person, permission: Permission) -> Scope:
    """Return where `user` holds `permission`.

    One query, whose answer is kept on `user`: the object lives as long as its request, and so does the answer.
    """
    if not isinstance(user, User) or standing_against(user, permission) is not None:
        return NOWHERE
    known: dict[Permission, Scope] = user.__dict__.setdefault("_scopes", {})
    if permission not in known:
        known[permission] = EVERYWHERE if _has_broken_the_glass(user) else _held(user, permission)
    return known[permission]


def forget_scopes(people: Iterable[Person]) -> None:
    """Have the next question asked of the database again, after grants of these people have changed."""
    for person in people:
        person.__dict__.pop("_scopes", None)


def standing_against(user: User, permission: Permission) -> str | None:
    """Return what about the account itself forbids `permission`, whatever was granted; None when nothing does."""
    if not user.is_active:
        return "The account is deactivated."
    if user.has_ended(timezone.now()):
        return f"The account ended on {user.active_until:%Y-%m-%d %H:%M} UTC."
    if user.kind == User.Kind.AUDITOR and not permission.reads:
        return "An auditor's account reads and exports masked values, and does nothing else."
    if user.narrowed_to is not None and permission not in user.narrowed_to:
        return "The token is not scoped for it."
    return None


def refuse_narrowed(user: User) -> None:
    """Raise PermissionDenied for a token that is held to some permissions: what needs none is done without it."""
    if user.narrowed_to is not None:
        raise PermissionDenied("The token is not scoped for it.")


def _has_broken_the_glass(user: User) -> bool:
    return user.is_superuser and BreakGlass.objects.filter(user=user).open_at(timezone.now()).exists()


def _held(user: User, permission: Permission) -> Scope:
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {
            "user": user.pk,
            "codename": permission.codename,
            "value": permission.value,
            "now": timezone.now(),
        }
        cursor.execute(_HELD, asked)
        ids = {row[0] for row in cursor.fetchall()}
    return EVERYWHERE if None in ids else Scope(ids=frozenset(ids))


def _collection_id(where: Collection | InCollection | None) -> int | None:
    if where is None:
        return None
    return where.pk if isinstance(where, Collection) else where.collection.pk
