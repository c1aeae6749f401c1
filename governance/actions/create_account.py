"""Make an account for a person, or give one that is there more roles: for the command line."""

from collections.abc import Sequence

from django.db import transaction

from governance.actions.change_password import change_password
from governance.actions.give_grant import give_grant
from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.models import Collection, Role, User


@transaction.atomic
def create_account(
    username: str,
    *,
    roles: Sequence[Role],
    collection: Collection | None = None,
    email: str = "",
    password: str | None = None,
) -> User:
    """Return the person of this name, made if there was none, with `roles` on `collection` or on all.

    It acts for whoever owns the installation. `password` was checked before; None leaves it as it is.
    """
    user, is_new = User.objects.select_for_update(of=("self",)).get_or_create(
        username=username, defaults={"email": email}
    )
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
        record(Event.USER_CREATED, actor=None, things=(Thing("user", user.pk),), detail={"kind": user.kind})
    if password is not None:
        change_password(user, password, actor=None)
    for role in roles:
        give_grant(user, role, collection, reason="Command line")
    return user
