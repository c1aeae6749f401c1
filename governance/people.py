"""Accounts as those who look after them ask for them: by name, kind and state, with what belongs to each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.models import Grant, User
from governance.models.people import open_at

# What people are found by in the state filter.
STATES = {
    "active": _("Active"),
    "deactivated": _("Deactivated"),
    "ended": _("Over"),
    "unanswered": _("Nobody answers"),
}
_SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which accounts somebody looks for; empty is all."""

    words: str = ""
    kind: str = ""
    state: str = ""


def hands_of(person: User) -> QuerySet[User]:
    """The accounts by which one person acts: their own, and the programs that they answer for."""
    return User.objects.filter(Q(pk=person.behind) | Q(answerable=person.behind))


def may_sign_in_at(at: datetime) -> QuerySet[User]:
    """The people whose accounts are open at a moment."""
    return User.objects.filter(open_at(at)).exclude(kind=User.Kind.SERVICE)


def may_answer_at(at: datetime) -> QuerySet[User]:
    """The people who can answer for a program: those whose account is open, and no auditor's."""
    return may_sign_in_at(at).filter(kind=User.Kind.PERSON)


def accounts(wanted: Wanted) -> QuerySet[User]:
    """The accounts that fit, each with `has_second_factor`."""
    factors = Authenticator.objects.filter(user=OuterRef("pk"), type__in=_SECOND_FACTORS)
    found = User.objects.select_related("answerable").annotate(has_second_factor=Exists(factors))
    for word in wanted.words.split()[:8]:
        found = found.filter(
            Q(username__icontains=word)
            | Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(email__icontains=word)
            | Q(job__icontains=word)
        )
    if wanted.kind in User.Kind.values:
        found = found.filter(kind=wanted.kind)
    return found.filter(_in_state(wanted.state))


def _in_state(state: str) -> Q:
    now = timezone.now()
    return {
        "active": open_at(now),
        "deactivated": Q(is_active=False),
        "ended": Q(active_until__lte=now),
        "unanswered": Q(kind=User.Kind.SERVICE) & ~answered_for(now),
    }.get(state, Q())


def answered_for(at: datetime) -> Q:
    """Service accounts whose answerable person is still there."""
    return open_at(at, "answerable__")


def roles_of(people: list[User]) -> dict[int, list[str]]:
    """The names of the roles that each holds now, themselves or through a group: two queries for all of them."""
    numbers = [person.pk for person in people]
    in_force = Grant.objects.in_force(timezone.now()).order_by("role__name")
    directly = in_force.filter(user__in=numbers).values_list("user", "role__name")
    by_group = in_force.filter(group__user__in=numbers).values_list("group__user", "role__name")
    found: dict[int, list[str]] = {number: [] for number in numbers}
    pairs: list[tuple[Any, Any]] = [*directly, *by_group]
    for number, name in pairs:
        if name not in found[number]:
            found[number].append(name)
    return found
