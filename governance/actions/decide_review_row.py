"""Decide about one grant under review: keep it, reduce it to a lesser role, or revoke it."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.access import require
from governance.actions.give_grant import give_grant, is_of, subject_of
from governance.actions.record import Thing, record
from governance.actions.refusals import Refused
from governance.actions.revoke_grant import revoke_grant
from governance.audit.events import Event
from governance.models import Grant, ReviewRow, Role, User
from governance.permissions import Permission

Decision = ReviewRow.Decision


@transaction.atomic
def decide_review_row(
    row: ReviewRow, decision: ReviewRow.Decision, *, actor: User, reason: str = "", role: Role | None = None
) -> bool:
    """Carry out `decision`, and tell whether the row was still undecided.

    Reducing gives `role`, which allows part of what the grant allows, until the same end, and revokes the grant.
    Whoever gave or approved a grant may review it, and the trail says that they did. Raises PermissionDenied for the
    actor's own access, and Refused for what does not fit.
    """
    # As it is now: it may have been revoked, or its end moved, since the page was opened.
    grant = row.grant = Grant.objects.select_for_update(of=("self",)).told().get(pk=row.grant_id)
    require(actor, Permission.ACCESS_REVIEW, grant.collection)
    if is_of(grant.subject, actor):
        raise PermissionDenied(_("Nobody reviews their own access."))
    _check(row, decision, reason, role)
    decided = ReviewRow.objects.undecided().filter(pk=row.pk, review__closed_at__isnull=True)
    if not decided.update(
        decision=decision, reason=reason.strip(), decided_by=actor, decided_at=timezone.now(), reduced_to=role
    ):
        return False
    if role is not None:
        ReviewRow.objects.filter(pk=row.pk).update(replacement=_lesser(grant, role, actor, reason))
    if decision != Decision.KEEP:
        revoke_grant(grant, actor=actor, reason=reason.strip(), permission=Permission.ACCESS_REVIEW)
    _tell(row, decision, actor, reason.strip(), role)
    return True


def _check(row: ReviewRow, decision: ReviewRow.Decision, reason: str, role: Role | None) -> None:
    if decision != Decision.KEEP and not reason.strip():
        raise Refused(_("Say why the access changes: whoever held it will ask."))
    if (role is not None) != (decision == Decision.REDUCE):
        raise Refused(_("Name the lesser role that takes the place of this one."))
    if role is None:
        return
    if not set(role.allows) < set(row.grant.role.allows):
        raise Refused(_("A lesser role allows part of what this one allows, and nothing else."))
    if not row.grant.is_in_force(timezone.now()):
        raise Refused(_("The grant has ended meanwhile: there is nothing to reduce."))


def _lesser(grant: Grant, role: Role, actor: User, reason: str) -> Grant:
    return give_grant(
        grant.subject,
        role,
        grant.collection,
        actor=actor,
        approver=actor,
        reason=reason.strip(),
        expires_at=grant.expires_at,
        permission=Permission.ACCESS_REVIEW,
    )


def _tell(row: ReviewRow, decision: str, actor: User, reason: str, role: Role | None) -> None:
    grant = row.grant
    record(
        Event.REVIEW_DECIDED,
        actor=actor,
        collection=grant.collection,
        things=(Thing("access_review", row.review_id), Thing("grant", grant.pk), subject_of(grant)),
        purpose=reason,
        detail={
            "decision": str(decision),
            "to": role.slug if role else None,
            "gave_it": actor.pk in {grant.given_by_id, grant.approver_id},
        },
    )
