"""Write down that the audit trail was read: reading it is itself an event (PS3.15 section A.5.3.2)."""

from collections.abc import Sequence
from typing import Any

from governance.access import Person
from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.models import User


def record_reading(
    actor: Person, what: str, *, patient: str = "", things: Sequence[Thing] = (), **detail: Any
) -> None:
    """Record one look at the trail: `what` names the page, `patient` is the keyed hash of whom it is about."""
    record(
        Event.AUDIT_READ,
        actor=actor if isinstance(actor, User) else None,
        things=tuple(things),
        patients=(patient,) if patient else (),
        detail={"what": what, **detail},
    )


def record_taking(actor: Person, form: str, events: int, *, patient: str = "", **detail: Any) -> None:
    """Record that events were taken away, before the first byte goes out: what breaks off has told something too."""
    record(
        Event.AUDIT_EXPORTED,
        actor=actor if isinstance(actor, User) else None,
        patients=(patient,) if patient else (),
        detail={"format": form, "events": events, **detail},
    )
