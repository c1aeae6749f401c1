"""Writing into the audit trail: in the transaction of the deed, by single rows and by COPY, and never again changed."""

import hashlib
from datetime import UTC, datetime

import orjson
import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from governance.actions.record import Deed, Thing, record, record_many
from governance.audit.canonical import NotCanonical, canonical
from governance.audit.events import SHAPES, Event, Outcome
from governance.audit.origin import Channel, Origin, coming_from
from governance.models import AuditEvent


def newest() -> AuditEvent:
    return AuditEvent.objects.latest("id")


def test_an_event_says_who_did_what_to_what_from_where(alice, radiology):
    with coming_from(Origin(Channel.API, correlation="abc123", address="192.0.2.7", credential="token:4")):
        record(
            Event.SOURCE_ADDED,
            actor=alice,
            collection=radiology,
            things=(Thing("source", 7),),
            purpose="quality",
            detail={"files": 3},
        )
    found = newest()
    told = found.told
    assert told["actor"] == {"id": alice.pk, "name": "alice", "kind": "person"}
    assert (told["event"], told["outcome"], told["purpose"]) == ("source.added", "success", "quality")
    assert (told["channel"], told["address"], told["correlation"]) == ("api", "192.0.2.7", "abc123")
    assert (told["objects"], told["collection"], told["detail"]) == (
        ["source:7"],
        radiology.pk,
        {"files": 3},
    )
    assert (found.actor_id, found.collection_id, found.participant_objects) == (
        alice.pk,
        radiology.pk,
        ["source:7"],
    )


def test_the_database_hashes_the_very_bytes_that_were_written(db):
    record(Event.SIGNED_OUT, actor=None)
    found = newest()
    assert bytes(found.leaf_hash) == hashlib.sha256(b"\0" + bytes(found.payload)).digest()
    assert canonical(orjson.loads(bytes(found.payload))) == bytes(found.payload)


def test_an_event_goes_with_the_transaction_that_fails(db):
    before = AuditEvent.objects.count()
    with transaction.atomic():
        record(Event.SIGNED_OUT, actor=None)
        transaction.set_rollback(True)
    assert AuditEvent.objects.count() == before


def test_bulk_events_are_queued_for_sealing_like_single_ones(alice):
    record_many(Deed(event=Event.PHI_VIEWED, actor=alice, things=(Thing("study", n),)) for n in range(300))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM governance_audit_pending JOIN governance_audit_event event "
            "ON event.id = event_id WHERE event.event = 'phi.viewed' AND actor_id = %s",
            [alice.pk],
        )
        assert cursor.fetchone() == (300,)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE governance_audit_event SET event = 'x'",
        "DELETE FROM governance_audit_event",
        "TRUNCATE governance_audit_event",
        "TRUNCATE governance_audit_event_other",
        "UPDATE governance_audit_leaf SET position = 1",
        "DELETE FROM governance_audit_checkpoint",
        "TRUNCATE governance_audit_node",
    ],
)
def test_nothing_in_the_trail_can_be_changed_by_an_ordinary_statement(db, statement):
    record(Event.SIGNED_OUT, actor=None)
    with (
        pytest.raises(DatabaseError, match="can only be added to"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_a_stranger_and_the_installation_are_told_apart(db):
    record(Event.ACCESS_REFUSED, actor=AnonymousUser(), outcome=Outcome.REFUSED)
    assert newest().told["actor"]["kind"] == "stranger"
    record(Event.CRAWL_ENDED, actor=None)
    assert newest().told["actor"]["kind"] == "system"


def test_every_event_has_a_code_of_dicom(db):
    assert set(SHAPES) == set(Event)


@pytest.mark.parametrize("value", [1.5, 2**53, b"x", {"ä": 1}, {1: 1}, "\ud800"])
def test_what_has_no_one_form_in_json_is_refused_without_being_quoted(value):
    with pytest.raises(NotCanonical) as refusal:
        canonical({"detail": value})
    assert "1.5" not in str(refusal.value)


def test_an_event_outside_of_the_months_is_kept(db, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: datetime(1999, 1, 1, tzinfo=UTC))
    record(Event.SIGNED_OUT, actor=None)
    assert AuditEvent.objects.filter(recorded_at__year=1999).exists()
