"""Change what a Collection says of itself."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from governance.access import require
from governance.actions.create_collection import refuse_name
from governance.actions.record import Thing, record
from governance.actions.refusals import Refused
from governance.audit.events import Event
from governance.models import Collection, PrivacyClaim, User
from governance.permissions import Permission


def change_collection(
    collection: Collection,
    *,
    actor: User,
    name: str,
    description: str,
    owner: User | None,
    privacy_claim: PrivacyClaim,
    is_listed: bool,
) -> list[str]:
    """Store what differs and return the names of it. Raises PermissionDenied, Refused."""
    require(actor, Permission.COLLECTION_MANAGE, collection)
    refuse_name(name, but=collection)
    said = {
        "name": name.strip(),
        "description": description.strip(),
        "owner": owner,
        "privacy_claim": privacy_claim,
        "is_listed": is_listed,
    }
    changed = [field for field, value in said.items() if getattr(collection, field) != value]
    if not changed:
        return []
    before = collection.privacy_claim
    for field in changed:
        setattr(collection, field, said[field])
    try:
        with transaction.atomic():
            collection.save(update_fields=changed)
            record(
                Event.COLLECTION_CHANGED,
                actor=actor,
                collection=collection,
                things=(Thing("collection", collection.pk),),
                detail={"changed": changed, "claimed": str(before), "claims": str(privacy_claim)},
            )
    except IntegrityError as error:
        raise Refused(_("Another collection is called so already.")) from error
    return changed
