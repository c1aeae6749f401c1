"""Who may see and do what through the API."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import URLResolver, get_resolver
from django.utils import timezone
from rest_framework.test import force_authenticate
from rest_framework.views import APIView

from governance.access import can_anywhere
from governance.actions.give_grant import give_grant
from governance.api.paging import encode_cursor
from governance.api.permissions import needed
from governance.models import ApiToken
from governance.permissions import Job, Permission
from tests.api.conftest import Caller
from tests.factories import make_crawl, make_instance, make_quarantine, make_series, make_source, make_study

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


@pytest.mark.parametrize("resource", LISTS)
def test_bob_sees_what_radiology_holds_and_nothing_else(resource, alices, bobs, holdings, research):
    study = make_study(research)
    series = make_series(study)
    source = make_source(research)
    instance = make_instance(series, source=source)
    hidden = {
        "collections": research,
        "patients": study.patient,
        "studies": study,
        "series": series,
        "instances": instance,
        "headers": instance.header,
        "sources": source,
        "crawls": make_crawl(source),
        "quarantine": make_quarantine(source),
    }[resource]
    listed = bobs.get(f"/api/{resource}/", count="exact").json()
    assert [row["id"] for row in listed["results"]] == [holdings[resource].pk]
    assert listed["count"] == {"value": 1, "exact": True}
    assert bobs.get(f"/api/{resource}/{hidden.pk}/").status_code == 404
    assert alices.get(f"/api/{resource}/{hidden.pk}/").status_code == 200


def test_hidden_and_absent_are_answered_in_the_same_words(bobs, research):
    hidden = bobs.get(f"/api/studies/{make_study(research).pk}/").json()
    absent = bobs.get("/api/studies/999999/").json()
    assert {**hidden, "request_id": ""} == {**absent, "request_id": ""}


def test_a_filter_by_a_hidden_row_finds_nothing(bobs, holdings, research):
    other = make_study(research)
    assert bobs.get("/api/studies/", patient=other.patient.pk).json()["results"] == []
    assert bobs.get("/api/series/", study=other.pk).json()["results"] == []


def test_a_cursor_at_a_hidden_row_is_refused(bobs, holdings, research):
    cursor = encode_cursor(make_study(research).pk)
    assert bobs.get("/api/studies/", sort="study_date", cursor=cursor).status_code == 404


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


def _api_views(resolver=None, prefix=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        address = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from _api_views(pattern, address)
        elif address.startswith("api/"):
            yield address, pattern.callback


# Readable by everybody who can sign in, or by nobody.
WITHOUT_PERMISSION = {"Description", "Docs", "NoSuchAddress", "Me", "Explain", "Roles"}
# What everybody has of their own.
OWN_ACTIONS = {("AccessRequests", each) for each in ("list", "retrieve", "create", "withdraw")}


def test_every_view_declares_a_permission_for_every_action():
    seen = 0
    for address, callback in _api_views():
        view = callback.cls()
        if callback.cls.__name__ in WITHOUT_PERMISSION:
            continue
        for view.action in callback.actions.values():
            if (callback.cls.__name__, view.action) not in OWN_ACTIONS:
                assert isinstance(needed(view), Permission), address
                seen += 1
    assert seen > 20


def test_a_view_that_declares_nothing_is_refused_to_everybody(alice, rf):
    request = rf.get("/")
    force_authenticate(request, alice)
    assert APIView.as_view()(request).status_code == 403


def test_reading_is_not_enough_to_write(db, radiology, charlie):
    give_grant(charlie, Job.AUDITOR, radiology)
    source = make_source(radiology)
    crawl = make_crawl(source)
    caller = Caller(charlie)
    assert can_anywhere(charlie, Permission.SOURCE_READ)
    for address in (
        "/api/sources/",
        "/api/sources/preview/",
        "/api/crawls/",
        f"/api/crawls/{crawl.pk}/pause/",
        f"/api/crawls/{crawl.pk}/resume/",
        f"/api/crawls/{crawl.pk}/cancel/",
        "/api/quarantine/retry/",
    ):
        assert caller.post(address).status_code == 403, address


def test_a_permission_in_one_collection_does_not_reach_into_another(bobs, bob, research):
    give_grant(bob, Job.AUDITOR, research)
    source = make_source(research)
    assert bobs.get(f"/api/sources/{source.pk}/").status_code == 200
    assert bobs.post("/api/crawls/", {"source": source.pk}).status_code == 403
