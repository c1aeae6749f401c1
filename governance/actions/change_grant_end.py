"""Let a grant end sooner or later than it would."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.access import forget_scopes, require
from governance.actions.give_grant import is_of, subject_of
from governance.actions.record import Thing, record
from governance.actions.refusals import Refused
from governance.audit.events import Event
from governance.models import Grant, User
from governance.permissions import Permission


@transaction.atomic
def change_grant_end(grant: Grant, *, actor: User, expires_at: datetime | None, reason: str) -> bool:
    """Move the end of a grant that is not over, None for no end, and tell whether there was anything to move.

    The stored permissions stay as they are: the end counts from its moment on. Raises PermissionDenied, also for the
    actor's own access, and Refused.
    """
    require(actor, Permission.ACCESS_MANAGE, grant.collection)
    if is_of(grant.subject, actor):
        raise PermissionDenied(_("Nobody changes their own access: ask for it, and somebody else decides."))
    if not reason.strip():
        raise Refused(_("Say why the end changes."))
    now = timezone.now()
    if expires_at is not None and expires_at <= max(now, grant.starts_at):
        raise Refused(_("The new end lies in the past, or before the beginning. Revoke the grant instead."))
    lasting = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    if not Grant.objects.filter(lasting, pk=grant.pk, revoked_at__isnull=True).update(expires_at=expires_at):
        return False
    forget_scopes([grant.user] if grant.user else [])
    record(
        Event.GRANT_CHANGED,
        actor=actor,
        collection=grant.collection,
        things=(Thing("grant", grant.pk), subject_of(grant)),
        purpose=reason.strip(),
        detail={
            "before": grant.expires_at.isoformat() if grant.expires_at else None,
            "until": expires_at.isoformat() if expires_at else None,
        },
    )
    return True
