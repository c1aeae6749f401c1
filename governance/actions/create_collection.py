"""Make a Collection, for sources to feed and for access to be scoped to."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from governance.access import require
from governance.actions.record import Thing, record
from governance.actions.refusals import Refused
from governance.audit.events import Event
from governance.models import Collection, PrivacyClaim, User
from governance.permissions import Permission


def refuse_name(name: str, *, but: Collection | None = None) -> None:
    """Raise Refused for a name that is none, or another's; `but` is the Collection that may be called so already.

    Who takes the name at the same moment is refused by the database.
    """
    if not name.strip():
        raise Refused(_("A collection has a name."))
    others = Collection.objects.exclude(pk=but.pk) if but else Collection.objects.all()
    if others.called(name).exists():
        raise Refused(_("Another collection is called so already."))


def create_collection(
    name: str,
    *,
    actor: User | None,
    description: str = "",
    owner: User | None = None,
    privacy_claim: PrivacyClaim = PrivacyClaim.UNKNOWN,
    is_listed: bool = False,
) -> Collection:
    """Store a new Collection, which nobody sees but those who hold something on all. Raises PermissionDenied, Refused.

    `actor` is None for the command line, whose user owns the installation.
    """
    if actor is not None:
        require(actor, Permission.COLLECTION_MANAGE)
    refuse_name(name)
    try:
        with transaction.atomic():
            collection = Collection.objects.create(
                name=name.strip(),
                description=description.strip(),
                owner=owner,
                privacy_claim=privacy_claim,
                is_listed=is_listed,
            )
            record(
                Event.COLLECTION_CREATED,
                actor=actor,
                collection=collection,
                things=(Thing("collection", collection.pk),),
                detail={"privacy_claim": str(privacy_claim), "listed": is_listed},
            )
    except IntegrityError as error:
        raise Refused(_("Another collection is called so already.")) from error
    return collection
