"""Write what was done into the audit trail, in the transaction in which it is done."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.utils import timezone

from governance.audit.canonical import canonical
from governance.audit.events import SHAPES, Event, Outcome
from governance.audit.origin import Origin, current
from governance.models import Collection, User

VERSION = 1
COLUMNS = "recorded_at, payload, event, outcome, actor_id, collection_id, correlation, patients, participant_objects"
_INSERT = f"INSERT INTO governance_audit_event ({COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"  # noqa: S608
_COPY = f"COPY governance_audit_event ({COLUMNS}) FROM STDIN"


class Thing(NamedTuple):
    """An object that an event is about: its kind in one word, and its number or code, never an identifying value."""

    kind: str
    id: int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing to write down.

    `actor` is None for the installation itself and for people who are not signed in. `patients` holds keyed hashes,
    `detail` plain facts; neither ever holds an identifying value.
    """

    event: Event
    actor: User | AnonymousUser | None = None
    outcome: Outcome = Outcome.SUCCESS
    collection: Collection | None = None
    things: tuple[Thing, ...] = ()
    patients: tuple[str, ...] = ()
    purpose: str = ""
    on_behalf_of: User | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


def record(event: Event, *, actor: User | AnonymousUser | None, **told: Any) -> None:
    """Write one event; the other arguments are Deed's. It stays or goes with the transaction around it."""
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, row_of(Deed(event=event, actor=actor, **told), timezone.now(), current()))


def record_many(deeds: Iterable[Deed]) -> None:
    """Write many events with one COPY; nothing is held in memory."""
    now, origin = timezone.now(), current()
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(["timestamptz", "bytea", "text", "text", "int8", "int8", "text", "text[]", "text[]"])
        for deed in deeds:
            copy.write_row(row_of(deed, now, origin))


def row_of(deed: Deed, now: datetime, origin: Origin) -> tuple[Any, ...]:
    """Return an event as COLUMNS hold it: the bytes that count, and what finds them; verify holds the one against the other."""
    told = _payload(deed, now, origin)
    return (
        now,
        canonical(told),
        told["event"],
        told["outcome"],
        told["actor"]["id"],
        told["collection"],
        told["correlation"],
        told["patients"],
        told["objects"],
    )


def _payload(deed: Deed, now: datetime, origin: Origin) -> dict[str, Any]:
    shape = SHAPES[deed.event]
    return {
        "v": VERSION,
        "id": uuid.uuid4().hex,
        "event": str(deed.event),
        "code": shape.code,
        "action": shape.action,
        "outcome": str(deed.outcome),
        "recorded": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "actor": _actor(deed.actor),
        "on_behalf_of": deed.on_behalf_of.pk if deed.on_behalf_of else None,
        "channel": str(origin.channel),
        "address": origin.address,
        "credential": origin.credential,
        "correlation": origin.correlation,
        "purpose": deed.purpose,
        "collection": deed.collection.pk if deed.collection else None,
        "patients": list(deed.patients),
        "objects": [f"{thing.kind}:{thing.id}" for thing in deed.things],
        "detail": deed.detail,
    }


def _actor(actor: User | AnonymousUser | None) -> dict[str, Any]:
    if actor is None:
        return {"id": None, "name": "", "kind": "system"}
    if isinstance(actor, AnonymousUser):
        return {"id": None, "name": "", "kind": "stranger"}
    return {"id": actor.pk, "name": actor.get_username(), "kind": "person"}
