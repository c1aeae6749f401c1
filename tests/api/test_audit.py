"""The audit trail through the API: the same events as on the pages, within the same Collections."""

from datetime import timedelta
from urllib.parse import urlsplit

import orjson
import pytest

from governance.actions.give_grant import give_grant
from governance.actions.record import Deed, Thing, record_many
from governance.audit.events import Event, Outcome
from governance.audit.origin import Channel
from governance.models import AuditEvent, User
from governance.permissions import Job
from tests.api.conftest import Caller
from tests.web.trail_events import happened, newest, own_trail  # noqa: F401 - a fixture

pytestmark = pytest.mark.usefixtures("own_trail")


@pytest.fixture
def overseers(db) -> Caller:
    """Reads the whole trail."""
    user = User.objects.create(username="olaf")
    give_grant(user, Job.COMPLIANCE_OFFICER)
    return Caller(user)


@pytest.fixture
def auditors(radiology) -> Caller:
    """Reads the trail of radiology."""
    user = User.objects.create(username="ingrid")
    give_grant(user, Job.AUDITOR, radiology)
    return Caller(user)


def ids(answer) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_events_come_newest_first_and_say_what_was_sealed(overseers, radiology, bob):
    event = happened(Event.CRAWL_ENDED, actor=bob, collection=radiology, things=(Thing("source", 3),))
    row = overseers.get("/api/audit-events/", event="crawl.ended").json()["results"][0]
    assert (row["id"], row["actor"], row["collection"]) == (event.pk, bob.pk, radiology.pk)
    assert row["objects"] == ["source:3"]
    assert row["payload"] == event.told
    assert row["leaf_hash"] == bytes(event.leaf_hash).hex()
    one = overseers.get(f"/api/audit-events/{event.pk}/", fields="id,payload").json()
    assert one == {"id": event.pk, "payload": event.told}


def test_a_program_sees_the_collections_of_its_owner_alone(auditors, overseers, radiology, research):
    here, there = happened(collection=radiology), happened(collection=research)
    assert set(ids(auditors.get("/api/audit-events/", event="catalog.viewed"))) == {here.pk}
    assert auditors.get(f"/api/audit-events/{there.pk}/").status_code == 404
    counted = auditors.get("/api/audit-events/", event="catalog.viewed", count="exact").json()["count"]
    assert counted == {"value": 1, "exact": True}
    assert set(ids(overseers.get("/api/audit-events/", event="catalog.viewed"))) == {here.pk, there.pk}


def test_who_may_not_read_the_trail_is_refused(bobs):
    assert bobs.get("/api/audit-events/").status_code == 403
    assert bobs.get("/api/audit-checkpoints/").status_code == 403


def test_pages_follow_without_doubles_while_events_arrive(overseers, radiology):
    record_many(Deed(event=Event.CRAWL_ENDED, collection=radiology) for _n in range(25))
    answer = overseers.get("/api/audit-events/", event="crawl.ended", limit=10)
    seen = ids(answer)
    happened(Event.CRAWL_ENDED, collection=radiology)
    while following := answer.json()["next"]:
        parts = urlsplit(following)
        answer = overseers.client.get(f"{parts.path}?{parts.query}")
        seen += ids(answer)
    assert len(seen) == len(set(seen)) == 25
    assert seen == sorted(seen, reverse=True)


def test_each_filter_finds_its_event_and_no_other(overseers, radiology, bob):
    found = {
        ("person", "bob"): happened(Event.CRAWL_ENDED, actor=bob),
        ("outcome", "failed"): happened(Event.CRAWL_ENDED, outcome=Outcome.FAILED),
        ("collection", str(radiology.pk)): happened(Event.CRAWL_ENDED, collection=radiology),
        ("channel", "command"): happened(Event.CRAWL_ENDED, channel=Channel.COMMAND),
        ("object", "source:77"): happened(Event.CRAWL_ENDED, things=(Thing("source", 77),)),
        ("correlation", "abcdefabcdef"): happened(Event.CRAWL_ENDED, correlation="abcdefabcdef"),
        ("credential", "token:77"): happened(Event.CRAWL_ENDED, credential="token:77"),
    }
    for (name, value), event in found.items():
        assert ids(overseers.get("/api/audit-events/", event="crawl.ended", **{name: value})) == [event.pk], (
            name
        )


def test_a_list_without_a_period_is_of_the_last_seven_days(overseers):
    old = happened(Event.CRAWL_ENDED, ago=timedelta(days=9))
    assert ids(overseers.get("/api/audit-events/", event="crawl.ended")) == []
    since = (old.recorded_at - timedelta(hours=1)).isoformat()
    assert ids(overseers.get("/api/audit-events/", event="crawl.ended", since=since)) == [old.pk]
    before = (old.recorded_at + timedelta(hours=1)).isoformat()
    assert ids(overseers.get("/api/audit-events/", event="crawl.ended", before=before)) == [old.pk]


@pytest.mark.parametrize("value", ["MRN80031337", "patient:MRN80031337", "patient:4711", "study:4711"])
def test_an_object_that_could_be_a_record_number_is_refused(value, overseers):
    answer = overseers.get("/api/audit-events/", object=value)
    assert answer.status_code == 400
    assert b"80031337" not in answer.content
    assert b"4711" not in answer.content


def test_reading_through_the_api_is_recorded(overseers):
    event = happened(Event.CRAWL_ENDED)
    overseers.get("/api/audit-events/", event="crawl.ended")
    told = newest(Event.AUDIT_READ)
    assert (told["channel"], told["detail"]["rows"]) == ("api", 1)
    overseers.get(f"/api/audit-events/{event.pk}/")
    assert newest(Event.AUDIT_READ)["objects"] == [f"event:{event.pk}"]


def test_an_event_whose_bytes_are_none_any_more_is_still_listed(overseers, monkeypatch):
    event = happened(Event.CRAWL_ENDED)
    monkeypatch.setattr(AuditEvent, "told", property(lambda _self: orjson.loads(b"{")))
    row = overseers.get(f"/api/audit-events/{event.pk}/", fields="id,payload").json()
    assert row == {"id": event.pk, "payload": None}


def test_heads_are_for_those_who_read_the_whole_trail(overseers, auditors):
    assert auditors.get("/api/audit-checkpoints/").json()["results"] == []
    assert overseers.get("/api/audit-checkpoints/").status_code == 200
