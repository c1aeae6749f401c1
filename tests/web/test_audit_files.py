"""What is taken away of the trail: exactly what is shown, counted, hashed, and itself an event."""

import csv
import hashlib
import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from django.test import Client

from governance.actions.give_grant import give_grant
from governance.actions.record import Deed, Thing, record_many
from governance.audit.events import Event
from governance.models import AuditEvent, Role, User
from governance.permissions import Job, Permission
from tests.web.conftest import signed_in
from tests.web.test_audit_list import body, shown, total
from tests.web.trail_events import happened, newest, own_trail  # noqa: F401 - a fixture

pytestmark = pytest.mark.usefixtures("own_trail")

# What stands in each form once for an event.
EVENT_IN = {
    "csv": "crawl.ended,",
    "json": '"event":"crawl.ended"',
    "dicom": "<AuditMessage>",
    "fhir": '"resourceType":"AuditEvent"',
}


@pytest.fixture
def overseer(db) -> User:
    user = User.objects.create(username="olaf")
    give_grant(user, Job.COMPLIANCE_OFFICER)
    return user


def link_to(page: str, form: str) -> str:
    """The address of a file, as the page gives it."""
    return re.search(rf'href="(/audit/[^"]*files/{form}\?[^"]*)"', page)[1].replace("&amp;", "&")


def sent(client: Client, address: str) -> bytes:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    assert "no-store" in answer["Cache-Control"]
    return answer.getvalue()


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_a_file_holds_exactly_what_the_screen_showed(overseer, radiology):
    record_many(Deed(event=Event.OBJECT_VIEWED, collection=radiology) for _n in range(60))
    client = signed_in(overseer)
    page = body(client, "/audit?event=catalog.viewed&size=200")
    happened(collection=radiology)
    rows = rows_of(sent(client, link_to(page, "csv")))
    assert [int(row["id"]) for row in rows] == shown(page)
    assert str(len(rows)) == total(page)


@pytest.mark.parametrize("form", EVENT_IN)
def test_every_form_holds_the_same_events(form, overseer, radiology):
    events = [happened(Event.CRAWL_ENDED, collection=radiology) for _n in range(3)]
    client = signed_in(overseer)
    content = sent(client, link_to(body(client, "/audit?event=crawl.ended"), form)).decode()
    assert content.count(EVENT_IN[form]) == len(events)
    assert newest(Event.AUDIT_EXPORTED)["detail"]["events"] == 3


def test_a_line_of_the_json_form_is_what_was_hashed(overseer, radiology):
    event = happened(Event.CRAWL_ENDED, collection=radiology)
    client = signed_in(overseer)
    line = sent(client, link_to(body(client, "/audit?event=crawl.ended"), "json")).splitlines()[0]
    assert hashlib.sha256(b"\x00" + line).digest() == bytes(event.leaf_hash)


def test_the_receipt_states_filters_count_and_digest(overseer, radiology):
    for _n in range(4):
        happened(Event.CRAWL_ENDED, collection=radiology)
    client = signed_in(overseer)
    address = link_to(body(client, "/audit?event=crawl.ended"), "csv") + "&receipt=1"
    with zipfile.ZipFile(io.BytesIO(sent(client, address))) as archive:
        receipt = json.loads(archive.read("receipt.json"))
        content = archive.read(receipt["file"])
    assert receipt["sha256"] == hashlib.sha256(content).hexdigest()
    assert receipt["events"] == len(rows_of(content)) == 4
    assert ["event", "crawl.ended"] in receipt["filters"]
    assert {name for name, _value in receipt["filters"]} >= {"from", "to"}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_the_table_is_a_formula(start, overseer):
    user = User.objects.create(username=f"{start}cmd")
    happened(Event.CRAWL_ENDED, actor=user)
    client = signed_in(overseer)
    row = rows_of(sent(client, link_to(body(client, "/audit?event=crawl.ended"), "csv")))[0]
    assert row["person"].startswith("'")


def test_a_file_leaves_out_collections_whose_trail_may_only_be_read(radiology, research):
    user = User.objects.create(username="ingrid")
    give_grant(user, Job.AUDITOR, radiology)
    reads = Role.objects.create(slug="reads", name="Reads", permissions=[Permission.AUDIT_READ.value])
    give_grant(user, reads, research)
    here, there = happened(collection=radiology), happened(collection=research)
    client = signed_in(user)
    page = body(client, "/audit?event=catalog.viewed")
    assert set(shown(page)) == {here.pk, there.pk}
    assert [row["id"] for row in rows_of(sent(client, link_to(page, "csv")))] == [str(here.pk)]


def test_files_need_a_permission_of_their_own(radiology):
    user = User.objects.create(username="rita")
    reads = Role.objects.create(slug="reads", name="Reads", permissions=[Permission.AUDIT_READ.value])
    give_grant(user, reads)
    client = signed_in(user)
    assert "/audit/files/" not in body(client, "/audit")
    for address in ("/audit/files/csv", "/audit/bundle", "/audit/patients/x/files/csv"):
        assert client.get(address).status_code == 403, address


def test_taking_is_recorded_before_the_first_byte(overseer, radiology):
    happened(Event.CRAWL_ENDED, collection=radiology)
    signed_in(overseer).get("/audit/files/csv?event=crawl.ended")
    told = newest(Event.AUDIT_EXPORTED)
    assert (told["detail"]["format"], told["detail"]["events"]) == ("csv", 1)
    assert ["event", "crawl.ended"] in told["detail"]["filter"]


def test_a_file_of_filters_that_are_not_understood_is_not_made(overseer):
    assert signed_in(overseer).get("/audit/files/csv?outcome=purple").status_code == 404
    assert signed_in(overseer).get("/audit/files/spreadsheet").status_code == 404


def test_an_activity_report_counts_what_its_person_did_and_no_other(overseer, bob, alice, radiology):
    happened(Event.SIGNED_IN, actor=bob)
    happened(collection=radiology, actor=bob, ago=timedelta(days=2))
    happened(Event.LENS_OPENED, collection=radiology, actor=bob, purpose="incident")
    happened(collection=radiology, actor=alice)
    happened(collection=radiology, actor=bob, things=(Thing("study", "CT-00011"),))
    client = signed_in(overseer)
    page = body(client, "/audit/people/bob")
    figures = dict(re.findall(r'label">([^<]+)</span><span class="figure">(\d+)<', page))
    assert (figures["Events"], figures["Sign-ins"], figures["Lenses"]) == ("4", "1", "1")
    assert figures["Views and searches"] == "2"
    assert "incident" in page
    rows = rows_of(sent(client, link_to(page, "csv")))
    assert {row["person"] for row in rows} == {"bob"}
    assert len(rows) == 4
    assert newest(Event.AUDIT_EXPORTED)["detail"]["events"] == 4
    assert AuditEvent.objects.filter(
        event=Event.AUDIT_READ, participant_objects__contains=[f"user:{bob.pk}"]
    ).exists()
