"""Signing in through an OpenID provider that runs beside the tests: whom it lets in, and what it must not be able to say."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.test import Client
from django.urls import reverse

from governance.actions.give_grant import give_grant
from governance.audit.events import Event
from governance.entry.oidc import IdentityAdapter
from governance.models import AuditEvent, Grant, User
from governance.permissions import Job
from tests.web.identity_provider import CLIENT_ID, CLIENT_SECRET

PROGRAM = Path(__file__).with_name("identity_provider.py")
ADA = {"sub": "ada-1", "email": "ada@example.org", "email_verified": True}


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The issuer of a provider that runs."""
    with subprocess.Popen([sys.executable, str(PROGRAM)], stdout=subprocess.PIPE, text=True) as process:
        yield process.stdout.readline().strip()
        process.terminate()


@pytest.fixture(autouse=True)
def configured(settings, provider):
    settings.OIDC_ISSUER = provider
    settings.OIDC_NAME = "Example Health"
    settings.OIDC_ALLOWED_DOMAINS = []
    settings.OIDC_REQUIRED_CLAIM = ""
    settings.OIDC_CREATE = False
    settings.OIDC_SECOND_FACTOR = []
    app = {
        "provider_id": "oidc",
        "name": "Example Health",
        "client_id": CLIENT_ID,
        "secret": CLIENT_SECRET,
        "settings": {"server_url": provider, "oauth_pkce_enabled": True},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}


@pytest.fixture
def ada(db) -> User:
    user = User.objects.create(username="ada", email="Ada@Example.org")
    give_grant(user, Job.RESEARCHER)
    return user


def come_in(provider: str, client: Client, claims: dict | None = None, **next_time):
    """Go to the provider and back, and return our answer."""
    told = {**next_time, "claims": {**ADA, **(claims or {})}}
    requests.post(f"{provider}/next", data=json.dumps(told), timeout=10)
    away = client.get("/sign-in/with/oidc", {"next": "/studies"})
    assert away["Location"].startswith(f"{provider}/authorize?")
    back = requests.get(away["Location"], allow_redirects=False, timeout=10)
    place = urlsplit(back.headers["Location"])
    return client.get(f"{place.path}?{place.query}")


def is_in(client: Client) -> bool:
    return client.get("/account").status_code == 200


def why() -> dict:
    return AuditEvent.objects.filter(event=Event.SIGN_IN_FAILED).latest("id").told["detail"]


# --- whom it lets in --------------------------------------------------------------------------------


def test_a_person_with_the_verified_address_is_let_in_and_linked(provider, ada, client):
    assert "Sign in with Example Health" in client.get("/sign-in").content.decode()
    assert come_in(provider, client)["Location"] == "/studies"
    assert is_in(client)
    link = SocialAccount.objects.get()
    assert link.user == ada
    assert (link.extra_data, "ada-1" in link.uid) == ({}, False)
    assert not SocialToken.objects.exists()
    assert AuditEvent.objects.filter(event=Event.SIGNED_IN).latest("id").told["actor"]["id"] == ada.pk


def test_the_linked_subject_counts_whatever_its_address_is_by_then(provider, ada):
    come_in(provider, Client())
    client = Client()
    come_in(provider, client, {"email": "countess@elsewhere.example"})
    assert is_in(client)


def test_another_subject_with_the_same_unverified_address_is_refused(provider, ada, client):
    answer = come_in(provider, client, {"sub": "mallory", "email_verified": False})
    assert answer.status_code == 403
    assert not is_in(client)
    assert why() == {"way": "oidc", "why": "email"}


def test_a_text_that_says_true_verifies_no_address(provider, ada, client):
    come_in(provider, client, {"email_verified": "true"})
    assert not is_in(client)


def test_who_is_unknown_is_told_so_and_no_account_is_made(provider, ada, client):
    answer = come_in(provider, client, {"sub": "x", "email": "stranger@example.org"})
    assert answer.status_code == 403
    assert "You have no account here" in answer.content.decode()
    assert User.objects.count() == 1


def test_who_is_unknown_gets_an_account_that_may_do_nothing_where_the_setting_says_so(
    provider, ada, client, settings
):
    settings.OIDC_CREATE = True
    come_in(provider, client, {"sub": "x", "email": "stranger@example.org", "given_name": "Stella"})
    user = User.objects.get(email="stranger@example.org")
    assert is_in(client)
    assert (user.first_name, user.has_usable_password()) == ("Stella", False)
    assert not Grant.objects.filter(user=user).exists()
    assert client.get("/studies").status_code == 403


def test_an_address_that_two_accounts_have_lets_nobody_in(provider, ada, client):
    User.objects.create(username="ada2", email="ada@example.org")
    come_in(provider, client)
    assert not is_in(client)
    assert why()["why"] == "ambiguous"


@pytest.mark.parametrize(
    "changed", [{"is_active": False}, {"kind": "service"}, {"active_until": "2026-01-01T00:00Z"}]
)
def test_accounts_that_are_not_open_are_refused_linked_or_not(provider, ada, changed):
    come_in(provider, Client())
    User.objects.filter(pk=ada.pk).update(**changed)
    for _ in ("linked", "not linked"):
        client = Client()
        assert come_in(provider, client).status_code == 403
        assert not is_in(client)
        SocialAccount.objects.all().delete()


def test_only_the_domains_that_are_named_are_let_in(provider, ada, settings):
    settings.OIDC_ALLOWED_DOMAINS = ["hospital.example"]
    client = Client()
    come_in(provider, client)
    assert not is_in(client)
    settings.OIDC_ALLOWED_DOMAINS = ["example.org"]
    come_in(provider, client)
    assert is_in(client)


@pytest.mark.parametrize(
    ("groups", "lets_in"),
    [(["imaging", "isocenter"], True), ("isocenter", True), (["imaging"], False), (None, False)],
)
def test_a_claim_can_be_required(provider, ada, client, settings, groups, lets_in):
    settings.OIDC_REQUIRED_CLAIM = "groups=isocenter"
    come_in(provider, client, {"groups": groups})
    assert is_in(client) is lets_in


def test_the_address_may_come_from_the_userinfo_of_the_same_subject(provider, ada, client):
    told = {"sub": "ada-1", "email": "ada@example.org", "email_verified": True}
    come_in(provider, client, {"email": None, "email_verified": None}, userinfo=told)
    assert is_in(client)


def test_the_userinfo_of_another_subject_is_refused(provider, ada, client):
    told = {"sub": "somebody", "email": "ada@example.org", "email_verified": True}
    come_in(provider, client, {"email": None, "email_verified": None}, userinfo=told)
    assert not is_in(client)


# --- what the provider, or who pretends to be it, must not be able to say ----------------------------


@pytest.mark.parametrize(
    "spoilt",
    [
        {"claims": {"nonce": "of-another-sign-in"}},
        {"claims": {"nonce": None}},
        {"claims": {"aud": "another-client"}},
        {"claims": {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"}},
        {"claims": {"iss": "https://elsewhere.example"}},
        {"claims": {"exp": 1_000_000_000, "iat": 999_999_000}},
        {"claims": {"exp": None}},
        {"claims": {"sub": None}},
        {"signed": "none"},
        {"signed": "HS256"},
        {"signed": "by another"},
    ],
    ids=json.dumps,
)
def test_an_id_token_that_is_not_ours_now_is_refused(provider, ada, client, spoilt):
    answer = come_in(
        provider, client, spoilt.get("claims"), **{k: v for k, v in spoilt.items() if k != "claims"}
    )
    assert answer.status_code == 403
    assert "You were not signed in" in answer.content.decode()
    assert not is_in(client)
    assert why() == {"way": "oidc", "why": "OAuth2Error"}


def test_an_answer_counts_in_the_browser_that_asked_alone(provider, ada, client):
    """Otherwise somebody could be signed in as another (RFC 6749 section 10.12)."""
    away = client.get("/sign-in/with/oidc")
    back = requests.get(away["Location"], allow_redirects=False, timeout=10)
    place = urlsplit(back.headers["Location"])
    other = Client()
    assert other.get(f"{place.path}?{place.query}").status_code == 403
    assert not is_in(other)


def test_an_address_cannot_change_what_the_provider_is_asked(provider, ada, client):
    extra = {"auth_params": "nonce=mine&prompt=none", "scope": "admin", "process": "connect"}
    asked = parse_qs(urlsplit(client.get("/sign-in/with/oidc", extra)["Location"]).query)
    assert "prompt" not in asked
    assert asked["nonce"] != ["mine"]
    assert set(asked["scope"][0].split()) == {"openid", "profile", "email"}


def test_a_provider_that_calls_itself_otherwise_is_refused(provider, ada, client, settings):
    settings.OIDC_ISSUER = f"{provider}/the-one-we-meant"
    assert come_in(provider, client).status_code == 403
    assert not is_in(client)


def test_a_provider_that_does_not_answer_is_said_so(ada, client, settings):
    apps = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    apps[0]["settings"]["server_url"] = "http://127.0.0.1:9"
    answer = client.get("/sign-in/with/oidc")
    assert answer.status_code == 502
    assert "does not answer" in answer.content.decode()


def test_without_an_issuer_there_is_no_such_way(ada, client, settings):
    settings.OIDC_ISSUER = ""
    assert "Sign in with" not in client.get("/sign-in").content.decode()
    assert client.get(reverse("openid_connect_login", args=["oidc"])).status_code == 404
    assert client.get("/sign-in/with/other").status_code == 404


# --- second factors ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("taken", "claims", "opens"),
    [
        ([], {"amr": ["pwd", "mfa"]}, False),
        (["mfa"], {"amr": ["pwd", "mfa"]}, True),
        (["mfa"], {"amr": ["pwd"]}, False),
        (["urn:example:strong"], {"acr": "urn:example:strong"}, True),
        (["mfa"], {}, False),
    ],
)
def test_the_provider_s_second_factor_counts_where_the_setting_says_so(
    db, provider, client, settings, taken, claims, opens
):
    settings.SECOND_FACTOR = "ROLES"
    settings.OIDC_SECOND_FACTOR = taken
    user = User.objects.create(username="ada", email="ada@example.org")
    give_grant(user, Job.ADMINISTRATOR)
    come_in(provider, client, claims)
    assert (client.get("/people").status_code == 200) is opens


def test_the_issuer_sends_us_to_no_address_that_the_installation_does_not_allow(provider, ada, settings):
    """Otherwise it could have us ask servers that only we can reach."""
    settings.OUTBOUND_NETWORKS, settings.OUTBOUND_PUBLIC = [], True
    session = IdentityAdapter().get_requests_session()
    assert session.get(f"{provider}/keys").status_code == 200
    with pytest.raises(requests.ConnectionError, match="does not allow"):
        session.get("http://10.1.2.3/keys")
