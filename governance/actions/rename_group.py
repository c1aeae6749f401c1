"""Call a group by another name."""

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from governance.access import require
from governance.actions.record import Thing, record
from governance.actions.refusals import Refused
from governance.audit.events import Event
from governance.models import User
from governance.permissions import Permission


def rename_group(group: Group, name: str, *, actor: User) -> None:
    """Change the name of a group. Raises PermissionDenied, and Refused when the name is taken or empty."""
    require(actor, Permission.ACCESS_MANAGE)
    if not name.strip():
        raise Refused(_("A group has a name."))
    try:
        with transaction.atomic():
            Group.objects.filter(pk=group.pk).update(name=name.strip())
            record(
                Event.GROUP_CHANGED,
                actor=actor,
                things=(Thing("group", group.pk),),
                detail={"change": "renamed"},
            )
    except IntegrityError as error:
        raise Refused(_("Another group is called so already.")) from error
