"""The one place that says who may do what on which Collection, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

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

# The ids of Collections, NULL for all of them; migration 0010_scope_question says what counts.
_HELD = "SELECT governance_scope(%s, %s, %s, %s)"


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
    now = timezone.now()
    if user.has_ended(now):
        return f"The account ended on {user.active_until:%Y-%m-%d %H:%M} UTC."
    if not user.is_answered_for(now):
        return "Nobody answers for this program any more: it is stopped until somebody has taken it over."
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
        cursor.execute(_HELD, [user.pk, permission.codename, permission.value, timezone.now()])
        ids = frozenset(cursor.fetchone()[0])
    return EVERYWHERE if None in ids else Scope(ids=ids)


def _collection_id(where: Collection | InCollection | None) -> int | None:
    if where is None:
        return None
    return where.pk if isinstance(where, Collection) else where.collection.pk
