"""Find what a lens is to be opened on, and open it there."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from catalog.masking.rows import masker_of
from catalog.masking.words import plain_word
from catalog.models import Patient, Source, Study
from governance.actions.open_lens import Aim, open_lens
from governance.actions.record import Thing
from governance.models import Lens, Purpose, User
from governance.models.lens import LONGEST_MINUTES
from governance.patient_hash import patient_hash

_WORD = re.compile(r"[^\W_]+")
Target = Study | Patient | Source


def aim_lens(
    user: User, target: Target, purpose: Purpose, *, words: str = "", minutes: int = LONGEST_MINUTES
) -> Lens:
    """Open a lens on a study, a patient, or the quarantine of a source.

    The caller has found `target` among what `user` may see. Raises PermissionDenied, and ValidationError when the
    words name the patient: they would stand in the audit trail.
    """
    if not isinstance(target, Source) and _names_patient(words, target):
        raise ValidationError(
            {"words": _("Leave out who the patient is: these words stay in the audit trail for years.")}
        )
    return open_lens(user, _aim(target), purpose, words=words, minutes=minutes)


def _names_patient(words: str, target: Study | Patient) -> bool:
    spoken = {plain_word(word) for word in _WORD.findall(words)}
    return not masker_of(target).hidden.isdisjoint(spoken)


def _aim(target: Any) -> Aim:
    if isinstance(target, Source):
        return Aim(Lens.Scope.QUEUE, target.pk, target.collection, Thing("source", target.pk))
    is_study = isinstance(target, Study)
    patient = target.patient if is_study else target
    named = patient_hash(patient.issuer_of_patient_id, patient.patient_id, patient.anchor)
    scope = Lens.Scope.STUDY if is_study else Lens.Scope.PATIENT
    thing = Thing("study" if is_study else "patient", target.code)
    return Aim(scope, target.pk, target.collection, thing, (named,))
