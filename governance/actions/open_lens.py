"""Open a PHI lens: for a purpose, on one thing, for a quarter of an hour at most."""

from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.access import require
from governance.actions.close_lens import ClosedBy, close_lenses
from governance.actions.record import Thing, record
from governance.audit import origin
from governance.audit.events import Event
from governance.models import Collection, Lens, Purpose, User
from governance.models.lens import LONGEST_MINUTES
from governance.permissions import Permission


@dataclass(frozen=True, slots=True)
class Aim:
    """What a lens is to reveal: the study, patient or queue, as the lens and as the audit trail name it."""

    scope: Lens.Scope
    scope_id: int
    collection: Collection
    thing: Thing
    patients: tuple[str, ...] = ()


@transaction.atomic
def open_lens(
    user: User, aim: Aim, purpose: Purpose, *, words: str = "", minutes: int = LONGEST_MINUTES
) -> Lens:
    """Let the session or token at hand see what `aim` holds unmasked, and close what it had open before.

    `words` say the purpose where no word of the list fits; the caller has seen to it that they name no patient.
    Raises PermissionDenied, and ValidationError for a purpose without words or a time that no lens may last.
    """
    require(user, Permission.PHI_REVEAL, aim.collection)
    require(user, Permission.CATALOG_READ, aim.collection)
    credential = origin.current().credential
    if not credential.startswith(("session:", "token:")):
        raise PermissionDenied(_("A lens belongs to a session or a token, and here is neither."))
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise ValidationError({"minutes": _("A lens stays open for 1 to %d minutes.") % LONGEST_MINUTES})
    if purpose is Purpose.OTHER and not words.strip():
        raise ValidationError({"words": _("Say the purpose in your own words.")})
    close_lenses(user, by=ClosedBy.NEXT, actor=user, credentials=[credential])
    now = timezone.now()
    lens = Lens.objects.create(
        user=user,
        credential=credential,
        purpose=purpose,
        purpose_text=words.strip(),
        scope=aim.scope,
        scope_id=aim.scope_id,
        collection=aim.collection,
        opened_at=now,
        closes_at=now + timedelta(minutes=minutes),
    )
    record(
        Event.LENS_OPENED,
        actor=user,
        collection=aim.collection,
        things=(Thing("lens", lens.pk), aim.thing),
        patients=aim.patients,
        purpose=purpose.value,
        detail={"words": lens.purpose_text, "minutes": minutes, "scope": aim.scope.value},
    )
    return lens
