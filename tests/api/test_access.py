"""Who may see and do what through the API."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from rest_framework.test import force_authenticate
from rest_framework.views import APIView

from governance.actions.give_grant import give_grant
from governance.models import ApiToken
from governance.permissions import Job
from tests.api.conftest import Caller
from tests.factories import make_source

LISTS = [
    "collections",
    "patients",
    "studies",
    "series",
    "instances",
    "headers",
    "sources",
    "crawls",
    "quarantine",
]


@pytest.mark.parametrize("resource", LISTS)
def test_without_a_token_there_is_only_a_challenge(resource, client, db):
    answer = client.get(f"/api/{resource}/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="isocenter"'
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("resource", LISTS)
def test_charlie_is_told_which_permission_is_missing(resource, charlies):
    answer = charlies.get(f"/api/{resource}/")
    assert answer.status_code == 403
    assert "This needs the permission" in answer.json()["detail"]


def test_no_answer_may_be_kept_by_a_cache(alices):
    assert "no-store" in alices.get("/api/studies/")["Cache-Control"]


def test_an_expired_or_unknown_token_is_no_token(alice):
    caller = Caller(alice)
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert caller.get("/api/collections/").status_code == 401
    assert Client(headers={"Authorization": "Bearer iso_wrong"}).get("/api/collections/").status_code == 401
    assert Client(headers={"Authorization": "Bearer \xff"}).get("/api/collections/").status_code == 401


def test_the_token_of_somebody_who_may_not_sign_in_any_more_is_no_token(alice):
    caller = Caller(alice)
    alice.is_active = False
    alice.save()
    assert caller.get("/api/collections/").status_code == 401


def test_a_token_is_stored_as_a_digest_and_its_use_noted_once_a_minute(alice):
    caller = Caller(alice)
    assert not ApiToken.objects.filter(digest__contains=caller.secret).exists()
    caller.get("/api/collections/")
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    caller.get("/api/collections/")
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))
    caller.get("/api/collections/")
    assert ApiToken.objects.filter(last_used_at__gt=timezone.now() - timedelta(minutes=1)).exists()


def test_a_browser_session_may_read_and_needs_the_csrf_token_to_write(alice, radiology):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    assert browser.get("/api/collections/").status_code == 200
    refused = browser.post("/api/sources/", {}, content_type="application/json")
    assert refused.status_code == 403
    assert "CSRF" in refused.json()["detail"]


def test_the_token_command_prints_a_secret_that_works(alice, capsys):
    call_command("token", "alice", "--name", "script", "--days", "3")
    secret = capsys.readouterr().out.strip()
    assert Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/collections/").status_code == 200
    token = ApiToken.objects.get(name="script")
    assert token.expires_at - timezone.now() < timedelta(days=3)


@pytest.mark.parametrize(("user", "days"), [("nobody", 1), ("alice", 0), ("alice", 1000)])
def test_the_token_command_refuses_what_cannot_be(user, days, alice):
    with pytest.raises(CommandError):
        call_command("token", user, "--days", str(days))


def test_a_view_that_declares_nothing_is_refused_to_everybody(alice, rf):
    request = rf.get("/")
    force_authenticate(request, alice)
    assert APIView.as_view()(request).status_code == 403


def test_a_permission_in_one_collection_does_not_reach_into_another(bobs, bob, research):
    give_grant(bob, Job.AUDITOR, research)
    source = make_source(research)
    assert bobs.get(f"/api/sources/{source.pk}/").status_code == 200
    assert bobs.post("/api/crawls/", {"source": source.pk}).status_code == 403
