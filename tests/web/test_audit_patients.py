"""Who saw a patient: found whatever the way in, named nowhere."""

import csv
import io
import logging
import re

import pytest
from django.test import Client

from governance.actions.give_grant import give_grant
from governance.audit.events import Event, Outcome
from governance.audit.origin import Channel
from governance.models import AuditEvent, User
from governance.patient_hash import patient_hash
from governance.permissions import Job
from tests.factories import make_patient
from tests.web.conftest import signed_in
from tests.web.test_audit_files import link_to, sent
from tests.web.test_audit_list import body, shown
from tests.web.trail_events import happened, newest, own_trail  # noqa: F401 - a fixture

pytestmark = pytest.mark.usefixtures("own_trail")

MRN, ISSUER = "MRN80031337-77", "IssuerXyzzy"


@pytest.fixture
def overseer(db) -> User:
    user = User.objects.create(username="olaf")
    give_grant(user, Job.COMPLIANCE_OFFICER)
    return user


def asked(client: Client, **typed: str) -> str:
    """The address of the report on whom a form names."""
    answer = client.post("/audit/patients", typed)
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


@pytest.fixture
def seen(radiology, bob, alice) -> list[AuditEvent]:
    """What was done to one patient in every way, and beside it to another."""
    patients = (patient_hash(ISSUER, MRN),)
    happened(actor=bob, collection=radiology, patients=(patient_hash(ISSUER, "another"),))
    happened(actor=bob, collection=radiology, patients=(patient_hash("another", MRN),))
    told = {"collection": radiology, "patients": patients}
    return [
        happened(actor=bob, **told),
        happened(Event.PHI_VIEWED, actor=bob, purpose="incident", channel=Channel.API, **told),
        happened(Event.EXPORTED, actor=alice, **told),
        happened(Event.OBJECT_VIEWED, channel=Channel.COMMAND, **told),
        happened(Event.ACCESS_REFUSED, actor=alice, outcome=Outcome.REFUSED, **told),
    ]


def test_the_report_finds_every_way_in_and_nothing_of_others(seen, overseer):
    client = signed_in(overseer)
    page = body(client, asked(client, number=MRN, issuer=ISSUER))
    assert set(shown(page)) == {event.pk for event in seen}
    assert re.search(r'Questions like this one</span><span class="figure">1<', page)
    for word in ("Through: Web", "Through: API", "Through: Command", "Refused", "incident"):
        assert word in page, word
    figures = dict(re.findall(r'label">([^<]+)</span><span class="figure">(\d+)<', page))
    assert (figures["Events"], figures["People and programs"], figures["Refused"]) == ("5", "3", "1")


def test_the_file_of_a_report_holds_its_events_alone(seen, overseer):
    client = signed_in(overseer)
    page = body(client, asked(client, number=MRN, issuer=ISSUER))
    rows = list(csv.DictReader(io.StringIO(sent(client, link_to(page, "csv")).decode())))
    assert {int(row["id"]) for row in rows} == {event.pk for event in seen}
    told = newest(Event.AUDIT_EXPORTED)
    assert told["patients"] == [patient_hash(ISSUER, MRN)]
    assert told["detail"]["events"] == 5


def test_a_patient_is_found_by_code_and_called_by_it(overseer, radiology):
    patient = make_patient(radiology, patient_id=MRN)
    hashed = patient_hash(ISSUER, MRN)
    event = happened(collection=radiology, patients=(hashed,))
    client = signed_in(overseer)
    by_code = body(client, asked(client, code=patient.code))
    assert shown(by_code) == [event.pk]
    assert patient.code in by_code
    by_number = body(client, asked(client, number=MRN, issuer=ISSUER))
    assert event.pk in shown(by_number)
    assert patient.code in by_number


def test_what_is_typed_is_in_no_answer_address_log_or_event(overseer, radiology, caplog, capfd):
    make_patient(radiology, patient_id=MRN)
    client = signed_in(overseer)
    before = AuditEvent.objects.latest("id").pk
    with caplog.at_level(logging.DEBUG):
        for typed in (
            {"number": MRN, "issuer": ISSUER},
            {"number": MRN, "issuer": "no such issuer"},
            {"code": MRN},
            {"issuer": ISSUER},
            {"number": MRN * 20},
        ):
            answer = client.post("/audit/patients", typed, follow=True)
            said = [answer.content, *(address.encode() for address, _status in answer.redirect_chain)]
            assert not [text for text in said if MRN.encode() in text or ISSUER.encode() in text], typed
    payloads = b"".join(bytes(each.payload) for each in AuditEvent.objects.filter(id__gt=before))
    out, err = capfd.readouterr()
    for text in (payloads.decode(), caplog.text, out, err):
        assert MRN not in text
        assert ISSUER not in text


def test_asking_is_an_event_that_bears_the_hash(seen, overseer):
    client = signed_in(overseer)
    address = asked(client, number=MRN, issuer=ISSUER)
    assert newest(Event.AUDIT_READ)["patients"] == [patient_hash(ISSUER, MRN)]
    body(client, address)
    told = newest(Event.AUDIT_READ)
    assert told["patients"] == [patient_hash(ISSUER, MRN)]
    assert told["detail"]["what"] == "patient"
    assert told["actor"]["name"] == "olaf"


def test_nobody_makes_up_the_address_of_a_report(overseer):
    client = signed_in(overseer)
    address = asked(client, number=MRN, issuer=ISSUER)
    assert client.get(address).status_code == 200
    assert client.get(f"{address[:-2]}xx").status_code == 404
    assert client.get(f"/audit/patients/{patient_hash(ISSUER, MRN)}").status_code == 404


def test_a_report_is_held_to_the_collections_of_its_reader(auditor, radiology, research):
    hashed = patient_hash(ISSUER, MRN)
    here = happened(collection=radiology, patients=(hashed,))
    happened(collection=research, patients=(hashed,))
    hidden = make_patient(research, patient_id=MRN)
    client = signed_in(auditor)
    page = body(client, asked(client, number=MRN, issuer=ISSUER))
    assert shown(page) == [here.pk]
    assert hidden.code not in page
    assert client.post("/audit/patients", {"code": hidden.code}).status_code == 200
