"""What one person did: by day, hour, kind, Collection, way in and purpose, over the events that a reader may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC

from django.db.models import Count
from django.db.models.functions import Extract
from django.utils.functional import Promise

from governance.audit.events import Event, Outcome
from governance.models import AuditEvent
from governance.models.audit import AuditEventQuerySet
from governance.trail.filters import Surroundings
from governance.trail.words import name_of

SEEN = (Event.OBJECT_VIEWED, Event.STUDIES_LISTED, Event.PHI_VIEWED, Event.CATALOG_SEARCHED)
TAKEN = (Event.EXPORTED, Event.AUDIT_EXPORTED)
SHOWN_REFUSALS = 10


@dataclass(frozen=True, slots=True)
class Counted:
    """A value with how often it occurs; `key` is how a filter calls it."""

    label: str | Promise
    n: int
    key: str


@dataclass(frozen=True, slots=True)
class PersonReport:
    """The figures of one report; `hours` are the events of each hour of the day (UTC), from midnight on."""

    events: int
    signed_in: int
    seen: int
    revealed: int
    lenses: int
    taken: int
    refused: int
    kinds: tuple[Counted, ...]
    collections: tuple[Counted, ...]
    purposes: tuple[Counted, ...]
    hours: tuple[int, ...]
    refusals: Sequence[AuditEvent]


def report_on(rows: AuditEventQuerySet, surroundings: Surroundings) -> PersonReport:
    """Count the events of one person."""
    by_kind = dict(rows.by("event"))
    by_outcome = dict(rows.by("outcome"))
    refused = rows.filter(outcome=Outcome.REFUSED)
    return PersonReport(
        events=sum(by_kind.values()),
        signed_in=by_kind.get(Event.SIGNED_IN, 0),
        seen=sum(by_kind.get(kind, 0) for kind in SEEN),
        revealed=by_kind.get(Event.PHI_VIEWED, 0),
        lenses=by_kind.get(Event.LENS_OPENED, 0),
        taken=sum(by_kind.get(kind, 0) for kind in TAKEN),
        refused=by_outcome.get(Outcome.REFUSED, 0),
        kinds=tuple(Counted(name_of(kind), n, kind) for kind, n in by_kind.items()),
        collections=tuple(_collections(rows, surroundings)),
        purposes=tuple(Counted(purpose, n, purpose) for purpose, n in _purposes(rows)),
        hours=_hours(rows),
        refusals=list(refused.order_by("-recorded_at", "-id")[:SHOWN_REFUSALS]),
    )


def _collections(rows: AuditEventQuerySet, surroundings: Surroundings) -> list[Counted]:
    return [
        Counted(surroundings.collections[pk].name, n, str(pk))
        for pk, n in rows.by("collection_id")
        if pk in surroundings.collections
    ]


def _purposes(rows: AuditEventQuerySet) -> list[tuple[str, int]]:
    """Only what lenses were opened for: nothing else states a purpose, and reading bytes takes time."""
    return rows.of_kinds([Event.LENS_OPENED, Event.BREAK_GLASS_USED, Event.REQUEST_MADE]).purposes()


def _hours(rows: AuditEventQuerySet) -> tuple[int, ...]:
    hour = Extract("recorded_at", "hour", tzinfo=UTC)
    counted = rows.order_by().annotate(hour=hour).values_list("hour").annotate(n=Count("*"))
    found = dict(counted)
    return tuple(found.get(each, 0) for each in range(24))
