"""What an event says, read back from its canonical bytes, for those who write it in another form."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class NotAnEvent(ValueError):
    """The bytes do not hold what `record` writes; the message names the member, never its value."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event, as governance/actions/record.py wrote it; numbers of people and Collections are texts, "" for none."""

    id: str
    event: str
    code: str
    action: str
    outcome: str
    recorded: str
    actor: str
    actor_name: str
    actor_kind: str
    on_behalf_of: str
    channel: str
    address: str
    credential: str
    correlation: str
    purpose: str
    collection: str
    patients: tuple[str, ...]
    objects: tuple[str, ...]
    detail: Mapping[str, Any]


_TEXTS = ("id", "event", "code", "action", "outcome", "recorded")
_CIRCUMSTANCES = ("channel", "address", "credential", "correlation", "purpose")


def read_payload(payload: bytes) -> Told:
    """Return what the bytes of an event say. Raises NotAnEvent."""
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError):
        raise NotAnEvent("The bytes are not JSON.") from None
    if not isinstance(said, dict):
        raise NotAnEvent("The bytes are no object of JSON.")
    actor = _member(said, "actor", dict)
    return Told(
        **{name: _member(said, name, str) for name in (*_TEXTS, *_CIRCUMSTANCES)},
        actor=_number(actor, "id"),
        actor_name=_member(actor, "name", str),
        actor_kind=_member(actor, "kind", str),
        on_behalf_of=_number(said, "on_behalf_of"),
        collection=_number(said, "collection"),
        patients=_list_of_texts(said, "patients"),
        objects=_list_of_texts(said, "objects"),
        detail=_member(said, "detail", dict),
    )


def _member(said: Mapping[str, Any], name: str, kind: type) -> Any:
    if not isinstance(value := said.get(name), kind):
        raise NotAnEvent(f"The member {name} is missing, or of another type.")
    return value


def _number(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int):
        raise NotAnEvent(f"The member {name} is no number.")
    return str(value)


def _list_of_texts(said: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = _member(said, name, list)
    if not all(isinstance(value, str) for value in values):
        raise NotAnEvent(f"The member {name} holds other things than texts.")
    return tuple(values)
