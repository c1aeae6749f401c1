"""Make an account for a program."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.access import require
from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.models import User
from governance.people import may_answer_at
from governance.permissions import Permission
from governance.usernames import check_username


@transaction.atomic
def create_service_account(username: str, *, purpose: str, answerable: User, actor: User | None) -> User:
    """Make an account that no person can sign in to, for whose tokens `answerable` answers. Needs user:manage.

    Raises ValidationError when the name is taken or no name, or when nobody who can sign in would answer for it.
    """
    if actor is not None:
        require(actor, Permission.USER_MANAGE)
    if not may_answer_at(timezone.now()).filter(pk=answerable.pk).exists():
        raise ValidationError({"answerable": _("An active person has to answer for it.")})
    check_username(username)
    account = User(username=username, job=purpose, kind=User.Kind.SERVICE, answerable=answerable)
    account.set_unusable_password()
    account.full_clean(exclude=["password"])
    account.save()
    things = (Thing("user", account.pk), Thing("answerable", answerable.pk))
    record(Event.USER_CREATED, actor=actor, things=things, detail={"kind": account.kind})
    return account
