"""Ask for a role on a Collection."""

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.access import refuse_narrowed
from governance.actions.record import Thing, record
from governance.actions.refusals import Refused
from governance.audit.events import Event
from governance.models import AccessRequest, Collection, LegalBasis, Role, User
from governance.oversight import LONGEST_DAYS, askable_collections


def request_access(
    requester: User,
    role: Role,
    collection: Collection,
    *,
    purpose: str,
    legal_basis: LegalBasis,
    days: int,
    reference: str = "",
) -> AccessRequest:
    """Store what somebody asks for; it needs no permission, and gives none until another person approves it.

    A Collection that is not listed for requests, and on which the requester holds nothing, does not exist to them.
    Raises Refused, and PermissionDenied for an account that has ended and for a token with scopes.
    """
    _check(requester, collection, purpose, days)
    try:
        with transaction.atomic():
            request = AccessRequest.objects.create(
                requester=requester,
                role=role,
                collection=collection,
                purpose=purpose.strip(),
                legal_basis=legal_basis,
                reference=reference.strip(),
                days=days,
            )
            record(
                Event.REQUEST_MADE,
                actor=requester,
                collection=collection,
                things=(Thing("access_request", request.pk),),
                purpose=request.purpose,
                detail={"role": role.slug, "basis": str(legal_basis), "days": days},
            )
    except IntegrityError as error:
        raise Refused(_("You have asked for this role here already; that request is still open.")) from error
    return request


def _check(requester: User, collection: Collection, purpose: str, days: int) -> None:
    refuse_narrowed(requester)
    if not requester.is_active or requester.has_ended(timezone.now()):
        raise PermissionDenied(_("The account has ended."))
    if not askable_collections(requester).filter(pk=collection.pk).exists():
        raise Refused(_("There is no such collection."))
    if not purpose.strip():
        raise Refused(_("Say what the access is for."))
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused(_("Ask for 1 to %(days)d days.") % {"days": LONGEST_DAYS})
