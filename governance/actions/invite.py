"""Invite somebody to make themselves an account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.access import require
from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.models import Collection, Invitation, Role, User
from governance.permissions import Permission

LONGEST_AUDIT = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Who is invited, and what for."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    job: str = ""
    kind: str = User.Kind.PERSON.value
    active_until: datetime | None = None
    roles: Sequence[Role] = ()
    # None is all of them.
    collection: Collection | None = None


class Invited(NamedTuple):
    """An invitation and the secret of its link, which cannot be read again."""

    invitation: Invitation
    secret: str


@transaction.atomic
def invite(guest: Guest, *, actor: User | None) -> Invited:
    """Make an invitation that lasts seven days. Needs user:manage, and access:manage where a role is to be held.

    `actor` is None for the command line. Raises ValidationError for an auditor without an end within 366 days.
    """
    if actor is not None:
        require(actor, Permission.USER_MANAGE)
        if guest.roles:
            require(actor, Permission.ACCESS_MANAGE, guest.collection)
    _check(guest)
    secret = Invitation.new_secret()
    invitation = Invitation.objects.create(
        digest=Invitation.digest_of(secret),
        first_name=guest.first_name,
        last_name=guest.last_name,
        email=guest.email,
        job=guest.job,
        kind=guest.kind,
        active_until=guest.active_until,
        collection=guest.collection,
        invited_by=actor,
    )
    invitation.roles.set(guest.roles)
    record(
        Event.USER_INVITED,
        actor=actor,
        collection=guest.collection,
        things=(Thing("invitation", invitation.pk),),
        detail={"kind": guest.kind, "roles": sorted(role.slug for role in guest.roles)},
    )
    return Invited(invitation, secret)


def _check(guest: Guest) -> None:
    now = timezone.now()
    if guest.kind == User.Kind.SERVICE:
        raise ValidationError({"kind": _("A service account is made, not invited.")})
    if guest.kind == User.Kind.AUDITOR and guest.active_until is None:
        raise ValidationError({"active_until": _("An auditor's account has an end.")})
    if guest.active_until is not None and not now < guest.active_until <= now + LONGEST_AUDIT:
        raise ValidationError({"active_until": _("The end lies in the next 366 days.")})
