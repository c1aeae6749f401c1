"""Every kind of answer tells the browser what it may do with it, and no request is larger than it has to be."""

from collections.abc import Callable

import pytest
from django.conf import settings as ours
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import path

from governance import urls
from governance.api.parsing import LIMIT_BYTES


def fails(_request):
    raise ValueError


class WithAPageThatFails:
    urlpatterns = [*urls.urlpatterns, path("fails", fails)]  # noqa: RUF012
    handler400, handler403 = urls.handler400, urls.handler403
    handler404, handler500 = urls.handler404, urls.handler500


KINDS: dict[str, tuple[int, Callable]] = {
    "a page": (200, lambda client: client.get("/")),
    "the sign-in page": (200, lambda client: Client().get("/sign-in")),
    "a redirect": (302, lambda client: Client().get("/studies")),
    "the api": (200, lambda client: client.get("/api/studies/", headers={"accept": "application/json"})),
    "a problem of the api": (401, lambda client: Client().get("/api/studies/")),
    "health": (200, lambda client: client.get("/healthz")),
    "a style sheet": (200, lambda client: client.get("/static/css/app.css")),
    "400": (400, lambda client: client.get("/", headers={"host": "elsewhere.example.org"})),
    "403": (403, lambda client: Client(enforce_csrf_checks=True).post("/sign-in", {})),
    "404": (404, lambda client: client.get("/nowhere/at/all")),
    "405": (405, lambda client: client.get("/preferences")),
    "500": (500, lambda client: client.get("/fails")),
}


@pytest.fixture
def client(alice, settings) -> Client:
    settings.ROOT_URLCONF = WithAPageThatFails
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    return client


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_answer_carries_every_rule(kind, client):
    status, ask = KINDS[kind]
    answer = ask(client)
    answer.close()
    assert answer.status_code == status
    headers = answer.headers
    assert headers["Content-Security-Policy"] == ours.CONTENT_SECURITY_POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Server" not in headers
    assert "Access-Control-Allow-Origin" not in headers


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere():
    rules = dict(rule.split(" ", 1) for rule in ours.CONTENT_SECURITY_POLICY.split("; "))
    assert rules["default-src"] == "'self'"
    assert rules["object-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert not [word for word in ("unsafe", "http:", "https:", "*") if word in ours.CONTENT_SECURITY_POLICY]


def test_what_somebody_saw_is_kept_by_no_cache(client):
    for address in ("/", "/studies", "/api/studies/"):
        assert "no-store" in client.get(address).headers["Cache-Control"]


def test_cookies_are_out_of_reach_for_scripts_and_other_sites(db):
    cookie = Client().get("/sign-in").cookies[ours.CSRF_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert not cookie["domain"]
    assert ours.SESSION_COOKIE_HTTPONLY
    assert ours.SESSION_COOKIE_SAMESITE == "Lax"


def test_a_form_beyond_its_limit_is_refused(client):
    large = {"next": "x" * (ours.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)}
    assert client.post("/preferences", large).status_code == 400
    body = f"next={'x' * ours.DATA_UPLOAD_MAX_MEMORY_SIZE}"
    answer = client.post("/preferences", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400


def test_a_form_of_countless_fields_is_refused(client):
    body = "&".join(f"a{number}=" for number in range(ours.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1))
    answer = client.post("/preferences", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400


def test_no_page_takes_a_file(client):
    sent = {"file": SimpleUploadedFile("study.dcm", b"DICM" * 100)}
    assert client.post("/preferences", sent).status_code == 400


def test_a_body_of_the_api_beyond_its_limit_is_refused(client):
    body = b'{"name": "' + b"x" * LIMIT_BYTES + b'"}'
    answer = client.post("/api/sources/", body, content_type="application/json")
    assert answer.status_code == 413
