"""What people do on the pages and through the API is in the audit trail, with the id that their response carries."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.utils import timezone

from governance.actions.issue_token import issue_token
from governance.audit.events import Event
from governance.middleware import address_of
from governance.models import AuditEvent
from governance.patient_hash import hashed_term
from tests.factories import make_study
from tests.web.conftest import signed_in

PASSWORD = "a long enough password"


def told(event: Event) -> dict:
    return AuditEvent.objects.filter(event=event).latest("id").told


def test_signing_in_and_out_is_recorded_under_the_id_of_the_response(alice, client):
    alice.set_password(PASSWORD)
    alice.save()
    answer = client.post("/sign-in", {"username": "alice", "password": PASSWORD})
    found = told(Event.SIGNED_IN)
    assert found["actor"]["id"] == alice.pk
    assert (found["correlation"], found["address"]) == (answer["X-Request-ID"], "127.0.0.1")
    client.post("/sign-out")
    assert told(Event.SIGNED_OUT)["actor"]["id"] == alice.pk


def test_a_failed_sign_in_names_the_account_and_never_what_was_typed(alice, client):
    client.post("/sign-in", {"username": "alice", "password": "wrong-quokka"})
    found = AuditEvent.objects.filter(event=Event.SIGN_IN_FAILED).latest("id")
    assert found.told["objects"] == [f"user:{alice.pk}"]
    client.post("/sign-in", {"username": "my-secret-quokka", "password": "x"})
    last = AuditEvent.objects.filter(event=Event.SIGN_IN_FAILED).latest("id")
    assert last.pk > found.pk
    assert last.told["objects"] == []
    assert b"quokka" not in bytes(found.payload) + bytes(last.payload)


def test_a_refused_page_is_recorded(charlie, client):
    client.force_login(charlie)
    assert client.get("/sources").status_code == 403
    found = told(Event.ACCESS_REFUSED)
    assert (found["actor"]["name"], found["outcome"]) == ("charlie", "refused")


def test_an_export_is_recorded_before_its_first_byte(alice, client):
    client.force_login(alice)
    client.get("/studies.csv")
    assert told(Event.EXPORTED)["detail"] == {
        "format": "csv",
        "masked": True,
        "what": "studies",
        "part": 0,
    }


def test_what_a_program_does_names_its_token_and_never_the_secret(alice, radiology, client, tmp_path):
    secret = issue_token(alice, name="t", expires_at=timezone.now() + timedelta(days=1))
    header = {"Authorization": f"Bearer {secret}"}
    body = {"collection": radiology.pk, "name": "A", "location": str(tmp_path)}
    answer = client.post("/api/sources/", body, content_type="application/json", headers=header)
    assert answer.status_code == 201, answer.content
    found = told(Event.SOURCE_ADDED)
    token = told(Event.TOKEN_ISSUED)["objects"][0]
    assert (found["channel"], found["credential"]) == ("api", token)
    assert secret.encode() not in b"".join(bytes(each.payload) for each in AuditEvent.objects.all())


def test_a_token_that_is_refused_is_recorded(db, client):
    answer = client.get("/api/studies/", headers={"Authorization": "Bearer iso_nonsense"})
    assert answer.status_code == 401
    assert told(Event.TOKEN_REFUSED)["outcome"] == "refused"


@pytest.mark.parametrize(
    ("behind", "forwarded", "address"),
    [
        (False, "203.0.113.9", "127.0.0.1"),  # anybody can send the header
        (True, "203.0.113.9", "203.0.113.9"),
        (True, "198.51.100.1, 203.0.113.9", "203.0.113.9"),  # what the client claims comes before
        (True, "Quixote", ""),
        (True, "2001:db8::0:7", "2001:db8::7"),
    ],
)
def test_the_address_is_the_one_that_our_own_proxy_saw(settings, behind, forwarded, address):
    settings.BEHIND_TLS = behind
    request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded})
    request.user = AnonymousUser()
    assert address_of(request) == address


def test_an_export_names_its_studies_and_patients_part_by_part(held, alice, radiology, monkeypatch):
    monkeypatch.setattr("catalog.actions.record_export.STUDIES_PER_EVENT", 2)
    studies = [held.study, *(make_study(radiology) for _ in range(4))]
    client = signed_in(alice)
    client.get("/studies.csv").getvalue()
    exported = [event.told for event in AuditEvent.objects.filter(event=Event.EXPORTED.value).order_by("id")]
    assert [told["detail"]["part"] for told in exported] == [0, 1, 2, 3]
    named = [thing for told in exported for thing in told["objects"] if thing.startswith("study:")]
    assert sorted(named) == sorted(f"study:{study.code}" for study in studies)
    assert len({patient for told in exported for patient in told["patients"]}) == 5
    assert {(told["channel"], told["correlation"] != "") for told in exported} == {("web", True)}


def test_what_was_searched_for_is_written_down_without_saying_it(held, alice):
    signed_in(alice).post("/find", {"code": "Quixotesecret Ann"})
    (event,) = AuditEvent.objects.filter(event=Event.CATALOG_SEARCHED.value)
    assert event.told["detail"] == {"term": hashed_term("quixotesecret  ANN")}
    assert b"uixote" not in bytes(event.payload)
