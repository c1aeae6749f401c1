"""Whether one person may do more than another: whoever can become somebody else must gain nothing by it."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils import timezone

from governance.access import scope_of
from governance.models import Grant, User
from governance.people import hands_of


def may_do_more(accounts: Iterable[User], than: User) -> bool:
    """Tell whether any of `accounts` was given, for now or later, what `than` may not do there.

    By grants and not by what counts at the moment: an account that is deactivated can be opened again. A superuser may
    do everything once they break the glass.
    """
    known = list(accounts)
    if not than.is_superuser and any(each.is_superuser for each in known):
        return True
    given = Grant.objects.filter(Q(user__in=known) | Q(group__user__in=known)).lasting(timezone.now())
    held = {
        (permission, grant.collection_id)
        for grant in given.select_related("role")
        for permission in grant.role.allows
    }
    return any(not scope_of(than, permission).holds(place) for permission, place in held)


def may_do_more_by_any_hand(person: User, than: User) -> bool:
    """The same of a person with the programs that they answer for."""
    return may_do_more(hands_of(person), than)
