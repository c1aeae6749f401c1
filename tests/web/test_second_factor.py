"""Second factors: set up, asked for, forced by roles, and kept so that a copy of the database opens none."""

import base64
import hashlib
import json
import os
import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from fido2 import cbor
from fido2.cose import ES256

from governance.actions.give_grant import give_grant
from governance.actions.issue_token import issue_token
from governance.audit.events import Event
from governance.models import AuditEvent, User
from governance.permissions import Job

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def forced_by_roles(settings):
    settings.SECOND_FACTOR = "ROLES"


@pytest.fixture
def person(db) -> User:
    user = User.objects.create_user("ada", password=PASSWORD)
    give_grant(user, Job.RESEARCHER)
    return user


@pytest.fixture
def administrator(db) -> User:
    user = User.objects.create_user("root", password=PASSWORD)
    give_grant(user, Job.ADMINISTRATOR)
    return user


def in_as(user: User) -> Client:
    client = Client()
    client.post("/sign-in", {"username": user.username, "password": PASSWORD})
    return client


def code_now(secret: str, step: int = 0) -> str:
    counter = int(time.time()) // 30 + step
    return format_hotp_value(hotp_value(secret, counter))


def with_app(client: Client) -> str:
    """Set up an app, and return its secret."""
    page = client.get("/account/second-factors/app")
    secret = client.session["mfa.totp.secret"]
    assert secret in page.content.decode()
    answer = client.post("/account/second-factors/app", {"code": code_now(secret)})
    assert answer["Location"] == "/account/recovery-codes"
    return secret


def recovery_codes(client: Client) -> list[str]:
    return re.findall(r"\b\d{8}\b", client.get("/account/recovery-codes").content.decode())


def told(event: Event) -> dict:
    return AuditEvent.objects.filter(event=event).latest("id").told


# --- an authenticator app ---------------------------------------------------------------------------


def test_the_second_factor_is_asked_for_from_then_on(person):
    secret = with_app(in_as(person))
    client = Client()
    answer = client.post("/sign-in", {"username": "ada", "password": PASSWORD, "next": "/account"})
    assert answer["Location"] == "/sign-in/second-factor"
    assert client.get("/account").status_code == 302
    assert client.get("/sign-in/second-factor").status_code == 200
    answer = client.post("/sign-in/second-factor", {"code": code_now(secret, 1)})
    assert answer["Location"] == "/account"
    assert client.get("/account").status_code == 200


def test_a_wrong_code_lets_nobody_in_and_is_recorded(person):
    with_app(in_as(person))
    client = in_as(person)
    answer = client.post("/sign-in/second-factor", {"code": "000000"})
    assert 'role="alert"' in answer.content.decode()
    assert client.get("/account").status_code == 302
    assert told(Event.SIGN_IN_FAILED)["detail"] == {"second_factor": "totp"}


def test_a_code_works_once(person):
    secret = with_app(in_as(person))
    code = code_now(secret, 1)
    first, second = in_as(person), in_as(person)
    assert first.post("/sign-in/second-factor", {"code": code}).status_code == 302
    assert second.post("/sign-in/second-factor", {"code": code}).status_code == 200


def test_guessing_codes_is_stopped(person):
    secret = with_app(in_as(person))
    client = in_as(person)
    for _ in range(6):
        client.post("/sign-in/second-factor", {"code": "000000"})
    answer = client.post("/sign-in/second-factor", {"code": code_now(secret, 1)})
    assert answer.status_code == 200
    assert client.get("/account").status_code == 302


def test_the_second_step_alone_opens_nothing(db, client):
    assert client.get("/sign-in/second-factor")["Location"] == "/sign-in"


def test_the_secret_lies_sealed_in_the_database(person):
    secret = with_app(in_as(person))
    stored = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    assert stored.count("v1.") == 2


def test_setting_up_and_removing_is_recorded(person):
    client = in_as(person)
    with_app(client)
    added = AuditEvent.objects.filter(event=Event.SECOND_FACTOR_ADDED)
    assert {each.told["detail"]["kind"] for each in added} == {"totp", "recovery_codes"}
    client.post("/account/second-factors/app/remove")
    assert not Authenticator.objects.filter(user=person).exists()
    assert AuditEvent.objects.filter(event=Event.SECOND_FACTOR_REMOVED).count() == 2


def test_a_recovery_code_works_once_and_is_shown_once(person):
    client = in_as(person)
    client.get("/account/second-factors/app")
    secret = client.session["mfa.totp.secret"]
    client.post("/account/second-factors/app", {"code": code_now(secret)})
    codes = recovery_codes(client)
    assert len(codes) == 10
    assert recovery_codes(client) == []
    first, second = in_as(person), in_as(person)
    assert first.post("/sign-in/second-factor", {"code": codes[0]}).status_code == 302
    assert second.post("/sign-in/second-factor", {"code": codes[0]}).status_code == 200


def test_changing_second_factors_asks_again_who_one_is(person):
    client = Client()
    client.force_login(person)
    answer = client.get("/account/second-factors/app")
    assert answer["Location"].startswith("/account/confirm")
    confirm = answer["Location"]
    assert client.get(confirm).status_code == 200
    assert 'role="alert"' in client.post(confirm, {"password": "not it"}).content.decode()
    answer = client.post(confirm, {"password": PASSWORD})
    assert answer["Location"] == "/account/second-factors/app"
    assert client.get("/account/second-factors/app").status_code == 200


# --- a security key ---------------------------------------------------------------------------------


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class SoftKey:
    """An authenticator in software (WebAuthn level 2, section 6.1), for the host `testserver`."""

    def __init__(self, origin: str = "https://testserver") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(16)
        self.origin = origin

    def _data(self, flags: int, attested: bytes = b"") -> bytes:
        return hashlib.sha256(b"testserver").digest() + bytes([flags]) + b"\0\0\0\1" + attested

    def _client(self, kind: str, options: dict) -> bytes:
        challenge = options["publicKey"]["challenge"]
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def create(self, options: dict) -> str:
        public = cbor.encode(dict(ES256.from_cryptography_key(self.key.public_key())))
        attested = b"\0" * 16 + len(self.id).to_bytes(2, "big") + self.id + public
        statement = {"fmt": "none", "attStmt": {}, "authData": self._data(0x45, attested)}
        response = {
            "clientDataJSON": b64(self._client("webauthn.create", options)),
            "attestationObject": b64(cbor.encode(statement)),
        }
        return self._told(response)

    def get(self, options: dict) -> str:
        data, client = self._data(0x05), self._client("webauthn.get", options)
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": b64(client),
            "authenticatorData": b64(data),
            "signature": b64(signed),
        }
        return self._told(response)

    def _told(self, response: dict) -> str:
        told = {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key"}
        return json.dumps({**told, "response": response, "clientExtensionResults": {}})


def options_on(page) -> dict:
    found = re.search(r'data-options="([^"]*)"', page.content.decode())
    return json.loads(found[1].replace("&quot;", '"').replace("&#x27;", "'"))


def with_key(client: Client, key: SoftKey) -> None:
    asked = options_on(client.get("/account/second-factors/key"))
    answer = client.post("/account/second-factors/key", {"name": "Blue", "credential": key.create(asked)})
    assert answer.status_code == 302, answer.content.decode()


def test_a_security_key_signs_in(person):
    key = SoftKey()
    with_key(in_as(person), key)
    client = in_as(person)
    asked = options_on(client.get("/sign-in/second-factor"))
    client.post("/sign-in/second-factor", {"credential": key.get(asked)})
    assert client.get("/account").status_code == 200


def test_another_key_does_not_sign_in(person):
    key, other = SoftKey(), SoftKey()
    other.id = key.id
    with_key(in_as(person), key)
    client = in_as(person)
    asked = options_on(client.get("/sign-in/second-factor"))
    client.post("/sign-in/second-factor", {"credential": other.get(asked)})
    assert client.get("/account").status_code == 302


def test_an_answer_made_on_another_site_does_not_sign_in(person):
    key = SoftKey()
    with_key(in_as(person), key)
    key.origin = "https://testserver.example"
    client = in_as(person)
    asked = options_on(client.get("/sign-in/second-factor"))
    client.post("/sign-in/second-factor", {"credential": key.get(asked)})
    assert client.get("/account").status_code == 302


# --- forced -----------------------------------------------------------------------------------------


def test_whose_role_asks_for_one_reaches_nothing_but_its_set_up(administrator):
    client = in_as(administrator)
    for path in ("/", "/studies", "/account/tokens", "/people"):
        assert client.get(path)["Location"] == "/account/second-factors"
    assert client.get("/sources", headers={"HX-Request": "true"})["HX-Redirect"] == "/account/second-factors"
    for path in ("/account", "/account/second-factors", "/account/password"):
        assert client.get(path).status_code == 200
    assert "Your role needs a second factor" in client.get("/account/second-factors").content.decode()
    assert client.get("/account/second-factors/app").status_code == 200
    assert client.post("/sign-out").status_code == 302


def test_everything_opens_once_it_is_set_up(administrator):
    client = in_as(administrator)
    with_app(client)
    assert client.get("/people").status_code == 200


def test_the_api_is_held_too_and_so_are_tokens(administrator):
    client = in_as(administrator)
    answer = client.get("/api/studies/")
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:isocenter:problem:second-factor-needed"
    secret = issue_token(administrator, name="t", expires_at=timezone.now() + timedelta(days=1))
    header = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/studies/", headers=header).status_code == 403
    with_app(client)
    assert Client().get("/api/studies/", headers=header).status_code == 200


@pytest.mark.parametrize("told", ["Bearer nonsense", "bearer ", "Bearer iso_1"])
def test_a_header_that_pages_do_not_look_at_opens_none_of_them(administrator, told):
    client = in_as(administrator)
    answer = client.get("/people", headers={"Authorization": told})
    assert (answer.status_code, answer["Location"]) == (302, "/account/second-factors")
    assert client.get("/api/studies/", headers={"Authorization": told}).status_code in {401, 403}


def test_who_holds_the_role_through_a_group_is_held_too(db):
    group = Group.objects.create(name="Operations")
    give_grant(group, Job.ADMINISTRATOR)
    user = User.objects.create_user("grace", password=PASSWORD)
    user.groups.add(group)
    assert in_as(user).get("/")["Location"] == "/account/second-factors"


def test_who_can_break_the_glass_is_held_without_any_role(person):
    User.objects.filter(pk=person.pk).update(is_superuser=True)
    assert in_as(person).get("/access")["Location"] == reverse("mfa_index")


def test_a_role_that_was_taken_away_asks_no_more(administrator):
    administrator.grants.update(revoked_at="2026-01-01T00:00:00Z")
    assert in_as(administrator).get("/account/tokens").status_code == 200


def test_the_last_second_factor_of_who_needs_one_stays(administrator):
    client = in_as(administrator)
    with_app(client)
    answer = client.post("/account/second-factors/app/remove")
    assert "set up another one first" in answer.content.decode()
    assert Authenticator.objects.filter(user=administrator, type="totp").exists()


def test_the_last_security_key_of_who_needs_one_stays(administrator):
    client = in_as(administrator)
    with_key(client, SoftKey())
    key = Authenticator.objects.get(user=administrator, type="webauthn")
    client.post(f"/account/second-factors/key/{key.pk}/remove")
    assert Authenticator.objects.filter(pk=key.pk).exists()


@pytest.mark.parametrize(("said", "is_held"), [("OFF", False), ("ROLES", False), ("ALL", True)])
def test_the_setting_says_who_needs_one(person, settings, said, is_held):
    settings.SECOND_FACTOR = said
    assert (in_as(person).get("/account/tokens").status_code == 302) is is_held


def test_the_demo_says_that_it_asks_nobody(administrator, settings):
    settings.DEMO, settings.SECOND_FACTOR = True, "OFF"
    client = in_as(administrator)
    assert client.get("/people").status_code == 200
    assert "The demo asks nobody" in client.get("/account/second-factors").content.decode()
