"""The quick comparison of an event's columns with its bytes never agrees where the exact one does not."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from governance.actions.record import Deed, Thing, record_many
from governance.audit.events import Event
from governance.models import Collection
from governance.trail.columns import CERTAIN, DIFFERENT
from tests.governance import trail

User = get_user_model()
TEXTS = [
    "",
    "quality control",
    'say "so"',
    "50 % or_so",
    "back\\slash",
    "},{",
    '},"event":"x"',
    "Grüße 画像",
    "\n",
]
# What somebody may write over a column: other values, and those that look like more of the bytes.
CHANGES = [
    "event = 'access.denied'",
    "event = 'catalog_viewed'",
    "event = 'catalog%%'",
    'event = event || \'","id":"0\'',
    "outcome = 'failure'",
    "actor_id = NULL",
    "actor_id = coalesce(actor_id, 0) + 1",
    "collection_id = NULL",
    "collection_id = coalesce(collection_id, 0) + 1",
    "correlation = correlation || '_'",
    "correlation = '%%'",
    "correlation = E'\\\\'",
    "recorded_at = recorded_at + interval '1 microsecond'",
    "patients = '{}'",
    "patients = patients || NULL::text",
    "patients = ARRAY[array_to_string(patients, '\",\"')]",
    "patients = ARRAY[patients, patients]",
    "participant_objects = '{}'",
    "participant_objects = participant_objects || ARRAY['study:9']",
    "participant_objects = participant_objects[2:] || participant_objects[1:1]",
    "participant_objects = ARRAY[array_to_string(participant_objects, '\",\"')]",
    "participant_objects = ARRAY['%%']",
    "participant_objects = ARRAY['study_1', 'series:2']",
]


def deeds() -> list[Deed]:
    """Events as they are, and with texts and facts that could be taken for something else."""
    actor, collection = User(pk=3, username="daniel.okafor"), Collection(pk=5, name="")
    things = (Thing("study", 1), Thing("series", 2))
    details: list[dict[str, Any]] = [
        {},
        {"masked": True, "page": "series"},
        {"event": "access.denied", "id": "0" * 32, "objects": ["study:9"]},
        {"told": {"event": "access.denied", "id": "0" * 32, "outcome": "failure"}},
        {"told": [{"collection": 6, "correlation": ""}]},
    ]
    full: dict[str, Any] = {
        "actor": actor,
        "collection": collection,
        "things": things,
        "patients": ("a" * 32, "b" * 32),
    }
    return [
        Deed(event=Event.OBJECT_VIEWED),
        Deed(event=Event.OBJECT_VIEWED, on_behalf_of=actor, **full),
        Deed(event=Event.OBJECT_VIEWED, actor=User(pk=4, username='o"neil_%'), things=things),
        *(Deed(event=Event.OBJECT_VIEWED, purpose=text, detail={"said": text}, **full) for text in TEXTS),
        *(Deed(event=Event.OBJECT_VIEWED, detail=detail, **full) for detail in details),
    ]


def compared() -> list[tuple[bool, bool]]:
    """Of each event, whether it is certain that its columns say what its bytes do, and whether they do not."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {CERTAIN}, {DIFFERENT} FROM governance_audit_event event ORDER BY id", [])
        return [(certain, different) for certain, different in cursor.fetchall()]


def test_events_as_they_were_written_differ_in_nothing_and_most_are_certain(sealed):
    record_many(deeds())
    found = compared()
    assert not any(different for _certain, different in found)
    assert sum(certain for certain, _different in found) >= len(found) / 2


@pytest.mark.parametrize("change", CHANGES)
def test_no_changed_column_is_taken_for_certain(change, sealed):
    record_many(deeds())
    assert trail.execute(f"UPDATE governance_audit_event SET {change}") == len(deeds())
    found = compared()
    assert any(different for _certain, different in found)
    assert not [pair for pair in found if pair == (True, True)]
