"""Tokens: shown once, held to what is marked, with an end, and revoked from the next request on."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from governance.actions.create_service_account import create_service_account
from governance.actions.give_grant import give_grant
from governance.actions.issue_token import issue_token
from governance.audit.events import Event
from governance.models import ApiToken, AuditEvent, User
from governance.permissions import Job, Permission
from tests.web.conftest import signed_in


def in_days(days: int):
    return timezone.now() + timedelta(days=days)


def asked(path: str, secret: str):
    return Client().get(path, headers={"Authorization": f"Bearer {secret}"})


def made(client: Client, path: str = "/account/tokens", **told) -> str:
    body = client.post(path, {"name": "report", "days": 30, **told}).content.decode()
    return re.search(r"iso_[\w-]+", body)[0]


def test_a_token_is_shown_once_and_works(alice):
    client = signed_in(alice)
    secret = made(client)
    assert asked("/api/studies/", secret).status_code == 200
    assert secret not in client.get("/account/tokens").content.decode()
    assert secret not in " ".join(str(value) for value in vars(ApiToken.objects.get()).values())


def test_a_token_is_held_to_its_scopes(alice):
    secret = made(signed_in(alice), scopes=[Permission.CATALOG_READ.value])
    assert asked("/api/studies/", secret).status_code == 200
    assert asked("/api/sources/", secret).status_code == 403


def test_scopes_give_nothing_that_the_account_may_not_do(bob):
    with_scope = issue_token(bob, name="t", expires_at=in_days(1), scopes=[Permission.AUDIT_READ])
    assert asked("/api/audit-events/", with_scope).status_code == 403


def test_only_what_one_may_do_is_offered_as_a_scope(bob):
    body = signed_in(bob).get("/account/tokens").content.decode()
    assert 'value="source:read"' in body
    assert 'value="user:manage"' not in body
    refused = signed_in(bob).post("/account/tokens", {"name": "t", "days": 1, "scopes": ["user:manage"]})
    assert not ApiToken.objects.exists()
    assert refused.status_code == 200


@pytest.mark.parametrize("days", [0, 367])
def test_a_token_has_an_end_within_a_year(alice, days):
    signed_in(alice).post("/account/tokens", {"name": "t", "days": days})
    assert not ApiToken.objects.exists()
    with pytest.raises(ValidationError):
        issue_token(alice, name="t", expires_at=in_days(days))


def test_a_token_that_is_revoked_is_worth_nothing(alice):
    client = signed_in(alice)
    secret = made(client)
    client.post(f"/account/tokens/{ApiToken.objects.get().pk}/revoke")
    assert asked("/api/me/", secret).status_code == 401
    assert AuditEvent.objects.filter(event=Event.TOKEN_REVOKED).exists()


def test_another_s_token_is_not_there_to_be_revoked(alice, bob):
    issue_token(alice, name="t", expires_at=in_days(1))
    token = ApiToken.objects.get()
    assert signed_in(bob).post(f"/account/tokens/{token.pk}/revoke").status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


def test_the_last_use_is_shown(alice):
    client = signed_in(alice)
    secret = made(client)
    asked("/api/me/", secret)
    assert ApiToken.objects.get().last_used_at is not None


def test_tokens_of_a_service_account_are_made_by_who_answers_for_it(alice, bob, radiology):
    account = create_service_account("pacs-export", purpose="Exports", answerable=alice, actor=alice)
    give_grant(account, Job.RESEARCHER, radiology)
    path = "/people/pacs-export/tokens"
    assert signed_in(bob).get(path).status_code == 404
    secret = made(signed_in(alice), f"{path}/new")
    answer = asked("/api/me/", secret).json()
    assert (answer["username"], answer["kind"], answer["token"]) == ("pacs-export", "service", "report")
    client = signed_in(alice)
    client.post(f"{path}/{ApiToken.objects.get().pk}/revoke")
    assert asked("/api/me/", secret).status_code == 401


def test_nobody_makes_a_token_in_another_person_s_name(alice, bob):
    with pytest.raises(PermissionDenied):
        issue_token(bob, name="t", expires_at=in_days(1), actor=alice)
    assert signed_in(alice).get("/people/bob/tokens").status_code == 404


def test_the_api_says_who_one_is_and_what_the_token_is_worth(bob, radiology):
    secret = issue_token(bob, name="t", expires_at=in_days(1), scopes=[Permission.SOURCE_READ])
    answer = asked("/api/me/", secret).json()
    assert answer["held"] == [
        {"permission": "source:read", "everywhere": False, "collections": [radiology.pk]}
    ]
    assert answer["token_scopes"] == ["source:read"]
    assert answer["token_expires_at"] is not None


def test_the_command_holds_a_token_to_scopes(alice):
    out = StringIO()
    call_command("token", "alice", "--scope", "catalog:read", stdout=out, stderr=StringIO())
    assert asked("/api/sources/", out.getvalue().strip()).status_code == 403
    with pytest.raises(CommandError):
        call_command("token", "alice", "--scope", "everything:do", stdout=out, stderr=StringIO())


def test_a_service_account_s_token_dies_with_the_account(alice):
    account = create_service_account("pacs-export", purpose="Exports", answerable=alice, actor=alice)
    secret = issue_token(account, name="t", expires_at=in_days(1), actor=alice)
    User.objects.filter(pk=account.pk).update(is_active=False)
    assert asked("/api/me/", secret).status_code == 401
