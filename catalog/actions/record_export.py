"""Write down what leaves in a file: which studies, of which patients, before they do."""

from collections.abc import Iterable, Iterator
from itertools import islice

from django.contrib.auth.models import AnonymousUser

from catalog.models import Study
from governance.actions.record import Deed, Thing, record, record_many
from governance.audit import origin
from governance.audit.events import Event
from governance.models import Collection, User
from governance.patient_hash import patient_hash

# One event a thousand studies: a patient's report finds them, and the trail does not grow by a row for each.
STUDIES_PER_EVENT = 1000


def record_export(studies: Iterable[Study], *, actor: User | AnonymousUser, form: str) -> Iterator[Study]:
    """Record that an export begins, and return its studies, each part of which is recorded before it is handed on.

    A download that breaks off has told something too. `studies` come with their patient.
    """
    told = {"what": "studies", "format": form, "masked": True}
    record(Event.EXPORTED, actor=actor, detail={**told, "part": 0})
    # The stream is read when the request that began it has ended.
    return _parts(iter(studies), actor, told, origin.current())


def _parts(
    studies: Iterator[Study], actor: User | AnonymousUser, told: dict[str, object], here: origin.Origin
) -> Iterator[Study]:
    number = 0
    while part := list(islice(studies, STUDIES_PER_EVENT)):
        number += 1
        with origin.coming_from(here):
            record_many(_deeds(part, actor, {**told, "part": number}))
        yield from part


def _deeds(part: list[Study], actor: User | AnonymousUser, told: dict[str, object]) -> Iterator[Deed]:
    """Yield one deed for each Collection: whoever audits one of them finds what left of it, and no more."""
    for collection_id in sorted({study.collection_id for study in part}):
        there = [study for study in part if study.collection_id == collection_id]
        yield Deed(
            event=Event.EXPORTED,
            actor=actor,
            collection=Collection(pk=collection_id),
            things=tuple(Thing("study", study.code) for study in there),
            patients=tuple(dict.fromkeys(_named(study) for study in there)),
            detail={**told, "rows": len(there)},
        )


def _named(study: Study) -> str:
    patient = study.patient
    return patient_hash(patient.issuer_of_patient_id, patient.patient_id, patient.anchor)
