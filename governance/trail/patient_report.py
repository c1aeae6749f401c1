"""Who saw one patient: counts by person and by way in, over the events that name the patient's keyed hash."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.core import signing
from django.db.models import Count, Max, Min, Q
from django.utils.functional import Promise

from governance.audit.events import Outcome
from governance.audit.origin import Channel
from governance.models import User
from governance.models.audit import AuditEventQuerySet
from governance.patients import NamedPatient
from governance.trail.words import CHANNELS

# Nobody can make an address of a patient's report without having named the patient in a form.
_SALT = "isocenter.audit.patient"


class NoSuchReport(Exception):
    """An address that this installation did not make."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One person, and what they did; `name` is "" for the installation itself."""

    name: str
    full_name: str
    events: int
    refused: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class PatientReport:
    """The counts of one report."""

    readers: tuple[Reader, ...]
    channels: tuple[tuple[str | Promise, int], ...]
    purposes: tuple[tuple[str, int], ...]
    events: int
    refused: int


def token_of(patient: NamedPatient) -> str:
    """Return what stands for a patient in addresses: signed, and made of nothing but the keyed hash and codes."""
    return signing.dumps([patient.hashed, *patient.codes], salt=_SALT, compress=True)


def patient_of(token: str) -> NamedPatient:
    """Return the patient of a report's address. Raises NoSuchReport."""
    try:
        hashed, *codes = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError):
        raise NoSuchReport from None
    return NamedPatient(hashed, tuple(codes))


def report_on(rows: AuditEventQuerySet) -> PatientReport:
    """Count the events of one patient."""
    counted = (
        rows.order_by()
        .values_list("actor_id")
        .annotate(
            n=Count("*"),
            refused=Count("pk", filter=Q(outcome=Outcome.REFUSED)),
            first=Min("recorded_at"),
            last=Max("recorded_at"),
        )
    )
    found = list(counted.order_by("-n"))
    people = User.objects.in_bulk([row[0] for row in found if row[0] is not None])
    readers = tuple(_reader(row, people) for row in found)
    return PatientReport(
        readers,
        tuple(_by_channel(rows)),
        tuple(rows.purposes()),
        sum(reader.events for reader in readers),
        sum(reader.refused for reader in readers),
    )


def _reader(row: tuple[int | None, int, int, datetime, datetime], people: Mapping[int, User]) -> Reader:
    actor_id, events, refused, first, last = row
    person = people.get(actor_id) if actor_id is not None else None
    name, full = (person.get_username(), person.get_full_name()) if person else ("", "")
    return Reader(name, full, events, refused, first, last)


def _by_channel(rows: AuditEventQuerySet) -> list[tuple[str | Promise, int]]:
    counted = ((CHANNELS[channel.value], rows.through([channel.value]).count()) for channel in Channel)
    return [(title, n) for title, n in counted if n]
