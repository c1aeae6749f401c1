"""Make an account for a person, or give one that is there more roles: for the command line."""

from collections.abc import Sequence

from django.db import transaction

from governance.access import require
from governance.actions.give_grant import give_grant
from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.models import Collection, Role, User
from governance.permissions import Permission
from governance.usernames import check_username


@transaction.atomic
def create_account(
    username: str,
    *,
    roles: Sequence[Role],
    collection: Collection | None = None,
    email: str = "",
    password: str | None = None,
    actor: User | None = None,
) -> User:
    """Return the person of this name, made if there was none, with `roles` on `collection` or on all.

    `password` was checked before, and counts for a new account only. `actor` is None for whoever owns the installation;
    anybody else needs user:manage, and access:manage where the roles are held. Raises ValidationError for a new name
    that nobody may choose.
    """
    if actor is not None:
        require(actor, Permission.USER_MANAGE)
    if not User.objects.filter(username=username).exists():
        check_username(username)
    user, is_new = User.objects.select_for_update(of=("self",)).get_or_create(
        username=username, defaults={"email": email}
    )
    if is_new:
        user.set_password(password)
        user.save(update_fields=["password"])
        things = (Thing("user", user.pk),)
        record(Event.USER_CREATED, actor=actor, things=things, detail={"kind": user.kind})
    for role in roles:
        give_grant(user, role, collection, actor=actor, reason="Command line")
    return user
