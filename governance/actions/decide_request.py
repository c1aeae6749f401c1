"""Approve or deny a request for access; its approval is the grant."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.access import require
from governance.actions.give_grant import give_grant, is_of
from governance.actions.record import Thing, record
from governance.actions.refusals import Refused
from governance.audit.events import Event
from governance.models import AccessRequest, Grant, Role, User
from governance.permissions import Permission


@transaction.atomic
def approve_request(
    request: AccessRequest, *, approver: User, role: Role | None = None, days: int | None = None
) -> Grant | None:
    """Give what was asked for, or less of it, from now on; None when somebody else has decided meanwhile.

    `role` may be one that allows part of what was asked for, `days` fewer than were. Raises PermissionDenied, and
    Refused for more than was asked, or for an account that has ended.
    """
    _check(approver, request)
    given = role or request.role
    if not set(given.allows) <= set(request.role.allows):
        raise Refused(_("An approval gives what was asked for, or less of it."))
    length = request.days if days is None else days
    if not 1 <= length <= request.days:
        raise Refused(_("An approval lasts as long as was asked for, or shorter."))
    _refuse_ended(request.requester)
    if not _decide(request, AccessRequest.State.APPROVED, approver, ""):
        return None
    grant = give_grant(
        request.requester,
        given,
        request.collection,
        actor=approver,
        approver=approver,
        reason=request.purpose,
        expires_at=timezone.now() + timedelta(days=length),
        permission=Permission.ACCESS_APPROVE,
    )
    AccessRequest.objects.filter(pk=request.pk).update(grant=grant)
    _tell(request, Event.REQUEST_APPROVED, approver, request.purpose, role=given.slug, days=length)
    return grant


@transaction.atomic
def deny_request(request: AccessRequest, *, approver: User, reason: str) -> bool:
    """Close an open request without giving anything, and tell whether it was still open.

    Raises PermissionDenied, and Refused without a reason: whoever asked is shown it.
    """
    _check(approver, request)
    if not reason.strip():
        raise Refused(_("Say why: whoever asked will read it."))
    if not _decide(request, AccessRequest.State.DENIED, approver, reason.strip()):
        return False
    _tell(request, Event.REQUEST_DENIED, approver, reason.strip())
    return True


def _check(approver: User, request: AccessRequest) -> None:
    require(approver, Permission.ACCESS_APPROVE, request.collection)
    if is_of(request.requester, approver):
        raise PermissionDenied(_("Nobody decides their own request."))


def _refuse_ended(requester: User) -> None:
    if not requester.is_active or requester.has_ended(timezone.now()):
        raise Refused(_("The account that asked has ended."))


def _decide(request: AccessRequest, state: AccessRequest.State, approver: User, reason: str) -> bool:
    """By condition, so that of two who decide at once only the first does."""
    decided = AccessRequest.objects.open().filter(pk=request.pk)
    return bool(
        decided.update(state=state, decided_by=approver, decided_at=timezone.now(), decision_reason=reason)
    )


def _tell(request: AccessRequest, event: Event, approver: User, purpose: str, **detail: object) -> None:
    record(
        event,
        actor=approver,
        collection=request.collection,
        things=(Thing("access_request", request.pk), Thing("user", request.requester_id)),
        purpose=purpose,
        detail=detail,
    )
