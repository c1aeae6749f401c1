"""Take a grant away before its end."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.access import forget_scopes, require
from governance.actions.apply_grants import apply_grants
from governance.actions.give_grant import subject_of
from governance.actions.record import Thing, record
from governance.actions.refusals import Refused
from governance.audit.events import Event
from governance.models import Grant, User
from governance.permissions import Permission


@transaction.atomic
def revoke_grant(
    grant: Grant,
    *,
    actor: User | None,
    reason: str,
    permission: Permission = Permission.ACCESS_MANAGE,
) -> bool:
    """End `grant` at once, and tell whether there was anything left to end.

    `permission` is what the actor needs there: a review revokes by another one than an administrator. Anybody may
    give up what was given to them alone, but not by a token that is held to something else. Raises PermissionDenied,
    Refused without a reason.
    """
    if actor is not None and (grant.user_id != actor.pk or actor.narrowed_to is not None):
        require(actor, permission, grant.collection)
    if not reason.strip():
        raise Refused(_("Say why the access ends."))
    now = timezone.now()
    ended = Grant.objects.filter(pk=grant.pk, revoked_at__isnull=True).update(
        revoked_at=now, revoked_by=actor, revocation_reason=reason
    )
    if not ended:
        return False
    subject = grant.user or grant.group
    if subject is not None:
        apply_grants(subject)
    forget_scopes([grant.user] if grant.user else [])
    record(
        Event.GRANT_REVOKED,
        actor=actor,
        collection=grant.collection,
        things=(Thing("grant", grant.pk), subject_of(grant)),
        purpose=reason,
        detail={"role": grant.role.slug},
    )
    return True
