"""Give somebody a role, on one Collection or on all."""

from django.contrib.auth.models import Permission as DjangoPermission
from django.db import transaction
from guardian.shortcuts import assign_perm

from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.models import Collection, User
from governance.permissions import ROLE_PERMISSIONS, Role


@transaction.atomic
def grant_role(
    user: User, role: Role, collection: Collection | None = None, *, actor: User | None = None
) -> None:
    """Let `user` do what `role` may, on `collection` or on every Collection. Granting twice is harmless.

    `actor` is None for the installation itself.
    """
    for permission in sorted(ROLE_PERMISSIONS[role]):
        if collection is not None:
            assign_perm(permission.django_name, user, collection)
        else:
            user.user_permissions.add(
                DjangoPermission.objects.get(
                    content_type__app_label="governance", codename=permission.codename
                )
            )
    things = (Thing("user", user.pk),)
    record(Event.GRANT_GIVEN, actor=actor, collection=collection, things=things, detail={"role": str(role)})
