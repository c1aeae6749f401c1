"""Events as `record` writes them, of every kind and with whatever people type, without a database."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from hypothesis import strategies as st

from governance.actions.record import Deed, Thing, _payload
from governance.audit.canonical import canonical
from governance.audit.events import Event, Outcome
from governance.audit.origin import Channel, Origin
from governance.models import Collection, User

NOW = datetime(2026, 11, 24, 8, 30, 1, 20, tzinfo=UTC)
SOURCE = "isocenter.example.org"
PATIENT = "5e2f" * 16

# Any text that JSON holds: control characters, noncharacters and line ends are among them.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAMES = st.text(st.characters(codec="ascii"), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


def payload(deed: Deed, origin: Origin | None = None) -> bytes:
    """The bytes that the trail holds of a deed."""
    return canonical(_payload(deed, NOW, origin or Origin(Channel.COMMAND)))


def read_of(patients: tuple[str, ...], **told: Any) -> bytes:
    """Ada looks at one study on the web."""
    origin = Origin(Channel.WEB, correlation="c0ffee", address="192.0.2.7", credential="session:ab12")
    told.setdefault("things", (Thing("study", 4711),))
    return payload(
        Deed(event=Event.PHI_VIEWED, actor=User(pk=7, username="ada"), patients=patients, **told), origin
    )


ACTORS = st.one_of(
    st.none(), st.just(AnonymousUser()), st.builds(User, pk=st.integers(1, 2**40), username=TEXTS)
)
PAYLOADS = st.builds(
    payload,
    st.builds(
        Deed,
        event=st.sampled_from(Event),
        outcome=st.sampled_from(Outcome),
        actor=ACTORS,
        on_behalf_of=st.none() | st.builds(User, pk=st.integers(1, 99)),
        collection=st.none() | st.builds(Collection, pk=st.integers(1, 99)),
        things=st.lists(st.builds(Thing, NAMES, st.integers() | TEXTS), max_size=3).map(tuple),
        patients=st.lists(TEXTS, max_size=3).map(tuple),
        purpose=TEXTS,
        detail=st.dictionaries(NAMES, VALUES, max_size=4),
    ),
    st.builds(Origin, st.sampled_from(Channel), TEXTS, TEXTS, TEXTS),
)


def texts_of(told: Any) -> Iterator[str]:
    """Every text, name and other value that an event holds, at any depth."""
    match told:
        case dict():
            for name, value in told.items():
                yield name
                yield from texts_of(value)
        case list():
            for value in told:
                yield from texts_of(value)
        case str():
            yield told
        case _:
            yield json.dumps(told)
