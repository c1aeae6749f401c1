"""Give somebody a role, on one Collection or on all."""

from datetime import datetime

from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.access import forget_scopes, require
from governance.actions.apply_grants import apply_grants
from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.models import Collection, Grant, Role, User
from governance.people import hands_of
from governance.permissions import Job, Permission


@transaction.atomic
def give_grant(  # noqa: PLR0913 - a grant says all of this
    to: User | Group,
    role: Role | Job,
    collection: Collection | None = None,
    *,
    actor: User | None = None,
    approver: User | None = None,
    reason: str = "",
    starts_at: datetime | None = None,
    expires_at: datetime | None = None,
    permission: Permission = Permission.ACCESS_MANAGE,
) -> Grant:
    """Let `to` do what `role` may, on `collection` or on every Collection; the same grant twice is one.

    `actor` is None for the installation itself; `permission` is what they need there: whoever approves a request or
    reduces a grant gives by another one than an administrator. Raises PermissionDenied when the actor may not give
    access there, or gives it to themselves, and ValidationError for times that hold nothing.
    """
    starts_at = starts_at or timezone.now()
    if actor is not None:
        _check(actor, to, collection, permission)
    if expires_at is not None and expires_at <= max(starts_at, timezone.now()):
        raise ValidationError({"expires_at": _("The end is over before the grant would begin.")})
    if isinstance(role, Job):
        role = Role.objects.get(slug=role.value)
    subject = Q(group=to) if isinstance(to, Group) else Q(user=to)
    same = Grant.objects.filter(subject, role=role, collection=collection, expires_at=expires_at)
    if (held := same.in_force(timezone.now()).first()) is not None:
        return held
    grant = Grant.objects.create(
        role=role,
        user=to if isinstance(to, User) else None,
        group=to if isinstance(to, Group) else None,
        collection=collection,
        given_by=actor,
        approver=approver,
        reason=reason,
        starts_at=starts_at,
        expires_at=expires_at,
    )
    apply_grants(to)
    forget_scopes([to] if isinstance(to, User) else [])
    _tell(grant, actor)
    return grant


def _check(actor: User, to: User | Group, collection: Collection | None, permission: Permission) -> None:
    require(actor, permission, collection)
    if is_of(to, actor):
        raise PermissionDenied(
            _(
                "Nobody gives access to themselves, nor to a program that they answer for: ask, and somebody else decides."
            )
        )


def _tell(grant: Grant, actor: User | None) -> None:
    record(
        Event.GRANT_GIVEN,
        actor=actor,
        collection=grant.collection,
        things=(Thing("grant", grant.pk), subject_of(grant)),
        purpose=grant.reason,
        detail={
            "role": grant.role.slug,
            "approver": grant.approver_id,
            "until": grant.expires_at.isoformat() if grant.expires_at else None,
        },
    )


def is_of(subject: User | Group | None, person: User) -> bool:
    """Tell whether what is given to `subject` is given to `person`.

    That is to them, to a program that they answer for, or to a group with either in it; a program stands for whoever
    answers for it.
    """
    if isinstance(subject, Group):
        return subject.user_set.filter(pk__in=hands_of(person)).exists()
    return subject is not None and subject.behind == person.behind


def subject_of(grant: Grant) -> Thing:
    """Return to whom a grant was given, as the audit trail names them."""
    return Thing("group", grant.group_id) if grant.group_id else Thing("user", grant.user_id or 0)
