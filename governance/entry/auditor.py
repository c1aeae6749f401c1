"""What an auditor's account is held to, for the banner on every page of it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from governance.models import Grant, User


@dataclass(frozen=True, slots=True)
class AuditScope:
    """Until when, on which Collections, and as what."""

    until: datetime | None
    places: list[str]
    roles: list[str]


def audit_scope_of(user: object) -> AuditScope | None:
    """Return what the auditor `user` is held to; None for everybody else, who has no banner."""
    if not isinstance(user, User) or user.kind != User.Kind.AUDITOR:
        return None
    grants = Grant.objects.concerning(user).in_force(timezone.now()).select_related("role", "collection")
    places = {grant.collection.name if grant.collection else _("all") for grant in grants}
    return AuditScope(user.active_until, sorted(places), sorted({grant.role.name for grant in grants}))
