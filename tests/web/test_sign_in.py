"""Signing in and out, and preferences that follow the person."""

import re
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.test import Client
from django.utils import timezone

from governance.audit.events import Event
from governance.models import AuditEvent, Session, User
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


# --- guessing ---------------------------------------------------------------------------------------


def guess(client: Client, name: str = "alice", **extra):
    return client.post("/sign-in", {"username": name, "password": "wrong-quokka"}, **extra)


def test_whoever_guesses_is_locked_out_even_with_the_right_password(with_password, client, settings):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        refused = guess(client)
    assert refused.status_code == 429
    answer = client.post("/sign-in", {"username": "alice", "password": PASSWORD})
    assert answer.status_code == 429
    assert "Too many failed sign-ins" in answer.content.decode()
    assert client.get("/").status_code == 302
    locked = AuditEvent.objects.filter(event=Event.LOCKED_OUT).latest("id")
    assert locked.told["objects"] == [f"user:{with_password.pk}"]


def test_a_lock_out_ends_by_itself(with_password, client, settings):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        guess(client)
    AccessAttempt.objects.update(attempt_time=timezone.now() - settings.AXES_COOLOFF_TIME)
    answer = client.post("/sign-in", {"username": "alice", "password": PASSWORD})
    assert answer.status_code == 302


def test_another_address_is_not_locked_out_with_the_first(with_password, client, settings):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        guess(client)
    answer = client.post("/sign-in", {"username": "alice", "password": PASSWORD}, REMOTE_ADDR="203.0.113.7")
    assert answer.status_code == 302


def test_guesses_from_many_addresses_lock_the_name_everywhere(with_password, client, settings):
    settings.FAILURES_EVERYWHERE = 8
    for number in range(8):
        guess(client, REMOTE_ADDR=f"203.0.113.{number}")
    answer = client.post("/sign-in", {"username": "alice", "password": PASSWORD}, REMOTE_ADDR="198.51.100.1")
    assert answer.status_code == 429


def test_unknown_names_are_answered_as_known_ones_are(with_password, settings):
    def said(name: str) -> list[tuple[int, str]]:
        client = Client()
        answers = [guess(client, name) for _ in range(settings.AXES_FAILURE_LIMIT + 1)]
        return [(each.status_code, re.sub(r'value="[^"]*"', "", each.content.decode())) for each in answers]

    assert said("alice") == said("nobody-at-all")


@pytest.mark.parametrize("name", ["alice", "nobody-at-all", "closed", "program"])
def test_every_name_costs_one_password_hash(
    hashing_as_in_production, with_password, client, name, monkeypatch
):
    """Otherwise the time of an answer would tell which names exist."""
    assert make_password(PASSWORD).startswith("argon2")
    User.objects.create_user("closed", password=PASSWORD, is_active=False)
    User.objects.create(
        username="program", kind=User.Kind.SERVICE, answerable=with_password, password=make_password(None)
    )
    encode = mock.Mock(wraps=Argon2PasswordHasher().encode)
    verify = mock.Mock(wraps=Argon2PasswordHasher().verify)
    monkeypatch.setattr(Argon2PasswordHasher, "encode", encode)
    monkeypatch.setattr(Argon2PasswordHasher, "verify", verify)
    guess(client, name)
    assert encode.call_count + verify.call_count == 1


def test_nothing_that_was_typed_is_kept_where_failures_are_counted(with_password, client):
    client.post("/sign-in?next=/quokka", {"username": "my-secret-quokka", "password": "wrong-quokka"})
    (attempt,) = AccessAttempt.objects.all()
    assert "quokka" not in " ".join(str(value) for value in vars(attempt).values())


@pytest.mark.parametrize("state", ["deactivated", "over", "program"])
def test_accounts_that_are_not_open_are_refused_like_a_wrong_password(with_password, client, state):
    states: dict[str, dict[str, Any]] = {
        "deactivated": {"is_active": False},
        "over": {"active_until": timezone.now() - timedelta(seconds=1)},
        "program": {"kind": User.Kind.SERVICE},
    }
    User.objects.filter(pk=with_password.pk).update(**states[state])
    answer = client.post("/sign-in", {"username": "alice", "password": PASSWORD})
    assert answer.status_code == 200
    assert "Please enter a correct username and password" in answer.content.decode()


def test_the_session_gets_a_new_key_at_sign_in(with_password, client):
    client.get("/sign-in")
    session = client.session
    session["before"] = 1
    session.save()
    before = session.session_key
    client.post("/sign-in", {"username": "alice", "password": PASSWORD})
    assert client.session.session_key != before
    assert not Session.objects.filter(pk=before).exists()
