"""Events as pages and tables show them: each with its names, looked up for all of them at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC

import orjson
from django.utils.functional import Promise

from governance.audit.told import NotAnEvent, Told, read_payload
from governance.models import AuditEvent, User
from governance.things import Reference, references
from governance.trail.filters import Surroundings
from governance.trail.words import CHANNELS, OUTCOMES, name_of

_TONES = {
    "success": ("pass", "✓"),
    "refused": ("medium", "◆"),
    "failed": ("high", "▲"),
    "broken": ("critical", "⬣"),
}
# A list of studies names a hundred of them; a row shows the first.
SHOWN_OBJECTS = 2

CSV_HEADING = (
    "id",
    "recorded",
    "event",
    "what",
    "outcome",
    "person",
    "kind_of_person",
    "on_behalf_of",
    "channel",
    "address",
    "credential",
    "collection",
    "objects",
    "patients",
    "purpose",
    "correlation",
    "detail",
    "leaf_hash",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One event; `told` is None where its bytes are not those of an event any more."""

    event: AuditEvent
    told: Told | None
    on_behalf_of: str
    collection: str
    objects: tuple[Reference, ...]

    @property
    def what(self) -> str | Promise:
        return name_of(self.event.event)

    @property
    def outcome(self) -> str | Promise:
        return OUTCOMES.get(self.event.outcome, self.event.outcome)

    @property
    def tone(self) -> str:
        return _TONES.get(self.event.outcome, ("", ""))[0]

    @property
    def glyph(self) -> str:
        return _TONES.get(self.event.outcome, ("", ""))[1]

    @property
    def channel(self) -> str | Promise:
        return CHANNELS.get(self.told.channel, self.told.channel) if self.told else ""

    @property
    def first_objects(self) -> tuple[Reference, ...]:
        return self.objects[:SHOWN_OBJECTS]

    @property
    def more_objects(self) -> int:
        return max(0, len(self.objects) - SHOWN_OBJECTS)


def lines_of(events: Sequence[AuditEvent], surroundings: Surroundings) -> list[Line]:
    """Return events with the names of the people, Collections and objects that they are about."""
    read = [(event, _read(event)) for event in events]
    known = references(name for event, _told in read for name in event.participant_objects)
    ids = {int(told.on_behalf_of) for _event, told in read if told and told.on_behalf_of}
    people = dict(User.objects.filter(pk__in=ids).values_list("pk", "username")) if ids else {}
    return [
        Line(
            event,
            told,
            people.get(int(told.on_behalf_of), told.on_behalf_of) if told and told.on_behalf_of else "",
            _collection(event, surroundings),
            tuple(known[name] for name in event.participant_objects),
        )
        for event, told in read
    ]


def _read(event: AuditEvent) -> Told | None:
    try:
        return read_payload(bytes(event.payload))
    except NotAnEvent:
        return None


def _collection(event: AuditEvent, surroundings: Surroundings) -> str:
    if event.collection_id is None:
        return ""
    known = surroundings.collections.get(event.collection_id)
    return known.name if known else str(event.collection_id)


def csv_rows(events: Iterable[AuditEvent], surroundings: Surroundings) -> Iterable[list[str]]:
    """Yield the cells of each event, in the order of CSV_HEADING; people and objects as the event itself names them."""
    for event in events:
        told = _read(event)
        moment = event.recorded_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        yield [
            str(event.pk),
            moment,
            event.event,
            str(name_of(event.event)),
            event.outcome,
            *([told.actor_name, told.actor_kind, told.on_behalf_of] if told else [""] * 3),
            *([told.channel, told.address, told.credential] if told else [""] * 3),
            _collection(event, surroundings),
            " ".join(event.participant_objects),
            " ".join(event.patients),
            told.purpose if told else "",
            event.correlation,
            orjson.dumps(told.detail).decode() if told and told.detail else "",
            bytes(event.leaf_hash).hex(),
        ]
