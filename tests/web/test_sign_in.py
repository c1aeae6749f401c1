"""Signing in and out, and preferences that follow the person."""

import pytest
from django.test import Client

from governance.personas import DEMO_PASSWORD
from tests.web.conftest import signed_in

PASSWORD = "correct horse battery"


@pytest.fixture
def with_password(alice):
    alice.set_password(PASSWORD)
    alice.save()
    return alice


def test_signing_in_leads_home_and_out_leads_back(with_password, client):
    response = client.post("/sign-in", {"username": "alice", "password": PASSWORD})
    assert response["Location"] == "/"
    assert client.get("/").status_code == 200
    client.post("/sign-out")
    assert client.get("/").status_code == 302


def test_signing_in_leads_to_the_page_that_was_asked_for_but_to_no_other_site(with_password):
    for asked, leads_to in (("/sources", "/sources"), ("https://elsewhere.example/", "/")):
        response = Client().post("/sign-in", {"username": "alice", "password": PASSWORD, "next": asked})
        assert response["Location"] == leads_to


def test_a_wrong_password_is_said_and_the_name_is_kept(with_password, client):
    body = client.post("/sign-in", {"username": "alice", "password": "not it"}).content.decode()
    assert 'role="alert"' in body
    assert 'value="alice"' in body
    assert 'aria-describedby="sign-in-error"' in body
    assert 'value="not it"' not in body


def test_password_managers_are_welcome(client):
    body = client.get("/sign-in").content.decode()
    assert 'autocomplete="username"' in body
    assert 'autocomplete="current-password"' in body


def test_the_demo_s_people_are_offered_in_the_demo_only(client, settings):
    for is_demo in (False, True):
        settings.DEMO = is_demo
        assert (DEMO_PASSWORD in client.get("/sign-in").content.decode()) is is_demo


def test_preferences_follow_the_person(alice):
    client = signed_in(alice)
    client.post("/preferences", {"theme": "dark", "next": "/sources"})
    client.post("/preferences", {"density": "compact"})
    body = signed_in(alice).get("/").content.decode()
    assert 'data-theme="dark" data-density="compact"' in body


def test_an_unknown_preference_changes_nothing(alice):
    client = signed_in(alice)
    client.post("/preferences", {"theme": "plaid", "evil": "1", "next": "//elsewhere.example"})
    alice.refresh_from_db()
    assert alice.preferences == {}


def test_preferences_lead_back_and_to_no_other_site(alice):
    client = signed_in(alice)
    assert (
        client.post("/preferences", {"theme": "dark", "next": "/sources?a=b"})["Location"] == "/sources?a=b"
    )
    assert client.post("/preferences", {"theme": "dark", "next": "//elsewhere.example"})["Location"] == "/"


def test_a_form_without_its_token_is_refused_politely(with_password):
    client = Client(enforce_csrf_checks=True)
    response = client.post("/sign-in", {"username": "alice", "password": PASSWORD})
    assert response.status_code == 403
    assert "no longer valid" in response.content.decode()
    assert response.headers["X-Request-ID"] in response.content.decode()


@pytest.mark.parametrize("typed", ["{code}", "  {code} ", "{lower}"])
def test_a_code_leads_to_its_page_however_it_was_typed(typed, held, alice):
    for row, path in ((held.study, "studies"), (held.series, "series"), (held.instance, "instances")):
        code = typed.format(code=row.code, lower=row.code.lower())
        assert signed_in(alice).post("/find", {"code": code})["Location"] == f"/{path}/{row.code}"
    patient = held.study.patient
    assert signed_in(alice).post("/find", {"code": patient.code})["Location"] == f"/patients/{patient.code}"


def test_a_mistyped_code_is_noticed(held, alice):
    code = held.study.code
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert "This is not a code" in signed_in(alice).post("/find", {"code": wrong}).content.decode()
