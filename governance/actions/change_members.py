"""Take people into a group, or out of it: what the group was given is theirs from then on, or no longer."""

from collections.abc import Collection as Container

from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import forget_scopes, require
from governance.actions.give_grant import is_of
from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.models import User
from governance.permissions import Permission


@transaction.atomic
def change_members(
    group: Group, *, actor: User, add: Container[User] = (), remove: Container[User] = ()
) -> None:
    """Add and remove members. Nobody adds themselves or a program of theirs: it would give them access. Raises PermissionDenied."""
    require(actor, Permission.ACCESS_MANAGE)
    if any(is_of(each, actor) for each in add):
        raise PermissionDenied(_("Nobody adds themselves to a group: somebody else has to."))
    group.user_set.add(*add)
    group.user_set.remove(*remove)
    forget_scopes([*add, *remove])
    record(
        Event.GROUP_CHANGED,
        actor=actor,
        things=(Thing("group", group.pk), *(Thing("user", each.pk) for each in (*add, *remove))),
        detail={"added": [each.pk for each in add], "removed": [each.pk for each in remove]},
    )
