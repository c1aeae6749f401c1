"""Whose access somebody may look at: grants, requests and reviews of the Collections that they oversee.

What is on all Collections is seen by those who oversee all of them; everything else is not there (404).
"""

from typing import TypeVar

from django.contrib.auth.models import Group
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from governance.access import Scope, scope_of
from governance.models import AccessRequest, AccessReview, Collection, Grant, GrantQuerySet, ReviewRow, User
from governance.people import hands_of
from governance.permissions import Permission

Row = TypeVar("Row", bound=Model)

LONGEST_DAYS = 366


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


def people_seen_by(user: User) -> QuerySet[User]:
    """Return whom `user` may ask about: those who hold something where they oversee access, and themselves."""
    scope = scope_of(user, Permission.ACCESS_READ)
    people = User.objects.order_by("username")
    if scope.everywhere:
        return people
    holding = grants_seen_by(user).in_force(timezone.now())
    known = Q(pk__in=holding.values("user")) | Q(groups__in=holding.exclude(group=None).values("group"))
    return people.filter(known | Q(pk=user.pk)).distinct()


def _within(scope: Scope) -> Q:
    return ~Q(pk=None) if scope.everywhere else Q(collection__in=scope.ids)
