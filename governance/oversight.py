"""Whose access somebody may look at: grants, requests and reviews of the Collections that they oversee.

What is on all Collections is seen by those who oversee all of them; everything else is not there (404).
"""

from datetime import datetime
from typing import TypeVar

from django.contrib.auth.models import Group
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from governance.access import Scope, scope_of
from governance.models import AccessRequest, AccessReview, Collection, Grant, GrantQuerySet, ReviewRow, User
from governance.people import hands_of, may_answer_at
from governance.permissions import Permission

Row = TypeVar("Row", bound=Model)

LONGEST_DAYS = 366
# How many names a page offers for a field of user names.
MOST_NAMES = 500


def grants_seen_by(user: User, permission: Permission = Permission.ACCESS_READ) -> GrantQuerySet:
    """Return the grants on Collections where `user` holds `permission`."""
    return Grant.objects.filter(_within(scope_of(user, permission)))


def requests_seen_by(user: User) -> QuerySet[AccessRequest]:
    """Return what `user` asked for, and what others ask for where `user` oversees access or decides."""
    overseen = _within(scope_of(user, Permission.ACCESS_READ)) | _within(
        scope_of(user, Permission.ACCESS_APPROVE)
    )
    return AccessRequest.objects.filter(Q(requester=user) | overseen)


def requests_waiting_for(user: User) -> QuerySet[AccessRequest]:
    """Return the open requests that `user` may decide, those that wait longest first: never their own."""
    within = _within(scope_of(user, Permission.ACCESS_APPROVE))
    return (
        AccessRequest.objects.open()
        .filter(within)
        .exclude(requester__in=hands_of(user))
        .order_by("made_at", "id")
    )


def reviews_seen_by(user: User) -> QuerySet[AccessReview]:
    """Return the reviews of Collections where `user` oversees or reviews access."""
    return AccessReview.objects.filter(
        _within(scope_of(user, Permission.ACCESS_READ)) | _within(scope_of(user, Permission.ACCESS_REVIEW))
    )


def own_rows(user: User) -> Q:
    """Return the condition on review rows that they are about the access of `user`, or of a program of theirs."""
    hands = hands_of(user)
    return Q(grant__user__in=hands) | Q(grant__group__in=Group.objects.filter(user__in=hands))


def rows_given_by(user: User) -> Q:
    """Return the condition on review rows that `user` gave or approved what they are about."""
    return Q(grant__given_by=user) | Q(grant__approver=user)


def rows_open_to(review: AccessReview, user: User) -> QuerySet[ReviewRow]:
    """Return the undecided rows that `user` may decide: nobody reviews their own access."""
    return review.rows.undecided().exclude(pk__in=review.rows.filter(own_rows(user)).values("pk"))


def askable_collections(user: User) -> QuerySet[Collection]:
    """Return the Collections that `user` may know of: listed ones, and those on which they hold something."""
    held = Grant.objects.concerning(user).in_force(timezone.now())
    if held.filter(collection__isnull=True).exists():
        return Collection.objects.all()
    return Collection.objects.filter(Q(is_listed=True) | Q(pk__in=held.values("collection")))


def groups_seen_by(user: User, permission: Permission = Permission.ACCESS_READ) -> QuerySet[Group]:
    """Return the groups to which something was given where `user` holds `permission`; all of them to whom holds it on all."""
    if scope_of(user, permission).everywhere:
        return Group.objects.order_by("name")
    seen = grants_seen_by(user, permission).exclude(group=None)
    return Group.objects.filter(pk__in=seen.values("group")).order_by("name")


def people_seen_by(user: User, permission: Permission = Permission.ACCESS_READ) -> QuerySet[User]:
    """Return those who hold something where `user` holds `permission`, and themselves; everybody where that is on all."""
    scope = scope_of(user, permission)
    people = User.objects.order_by("username")
    if scope.everywhere:
        return people
    holding = grants_seen_by(user, permission).in_force(timezone.now())
    known = Q(pk__in=holding.values("user")) | Q(groups__in=holding.exclude(group=None).values("group"))
    return people.filter(known | Q(pk=user.pk)).distinct()


def givers_on_all(at: datetime) -> QuerySet[User]:
    """Return the people who give access on all Collections: whom somebody without any turns to."""
    grants = Grant.objects.allowing(Permission.ACCESS_MANAGE).covering(None).in_force(at)
    alone, by_group = Q(pk__in=grants.values("user")), Q(groups__in=grants.values("group"))
    return (
        may_answer_at(at).filter(alone | by_group).distinct().order_by("last_name", "first_name", "username")
    )


def _within(scope: Scope) -> Q:
    return ~Q(pk=None) if scope.everywhere else Q(collection__in=scope.ids)
