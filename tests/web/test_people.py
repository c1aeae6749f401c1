"""Accounts: found, closed at once and everywhere, and never the last one that looks after the installation."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from governance.actions.create_service_account import create_service_account
from governance.actions.deactivate_user import deactivate_user
from governance.actions.give_grant import give_grant
from governance.actions.issue_token import issue_token
from governance.audit.events import Event
from governance.models import AuditEvent, Lens, Session, User
from governance.permissions import Job
from tests.web.conftest import signed_in


def in_a_day():
    return timezone.now() + timedelta(days=1)


def body_of(client, path: str) -> str:
    return client.get(path).content.decode()


@pytest.fixture
def second(db) -> User:
    """Another administrator."""
    user = User.objects.create(username="second")
    give_grant(user, Job.ADMINISTRATOR)
    return user


# --- the list ---------------------------------------------------------------------------------------


def test_accounts_are_found_by_name_kind_and_state(alice, bob):
    User.objects.create(username="gone", first_name="Quentin", is_active=False)
    create_service_account("pacs-export", purpose="Exports", answerable=alice, actor=alice)
    client = signed_in(alice)

    def found(query: str) -> set[str]:
        body = body_of(client, f"/people?{query}")
        return {name for name in ("alice", "bob", "gone", "pacs-export") if f'href="/people/{name}"' in body}

    assert found("") == {"alice", "bob", "gone", "pacs-export"}
    assert found("q=quent") == {"gone"}
    assert found("kind=service") == {"pacs-export"}
    assert found("state=deactivated") == {"gone"}
    assert found("q=alice&state=active") == {"alice"}


def test_the_list_asks_as_many_questions_for_many_accounts_as_for_few(alice):
    client = signed_in(alice)
    client.get("/people")
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get("/people")
    User.objects.bulk_create(User(username=f"person-{number:03}") for number in range(120))
    with CaptureQueriesContext(connection) as many:
        body = body_of(client, "/people")
    assert len(many) == len(few)
    assert body.count("data-row") == 50
    assert "after=" in body


def test_the_pages_of_the_list_hold_everybody_once(alice):
    User.objects.bulk_create(User(username=f"person-{number:03}") for number in range(120))
    client, seen, path = signed_in(alice), [], "/people"
    for _ in range(4):
        answer = client.get(path)
        seen += [person.username for person, *_told in answer.context["rows"]]
        if not (path := answer.context["pager"]["next"]):
            break
    assert seen == sorted(User.objects.values_list("username", flat=True))


def test_the_list_is_for_those_who_may_see_accounts(bob, auditor):
    assert signed_in(bob).get("/people").status_code == 403
    assert signed_in(bob).get("/people/bob").status_code == 403


def test_who_may_only_look_is_offered_no_change(alice, db):
    officer = User.objects.create(username="olivia")
    give_grant(officer, Job.COMPLIANCE_OFFICER)
    client = signed_in(officer)
    assert "Deactivate" not in body_of(client, "/people/alice")
    assert client.post("/people/alice/deactivate").status_code == 403


# --- closing and opening ----------------------------------------------------------------------------


def test_deactivation_ends_sessions_tokens_and_lenses_at_once(alice, bob, radiology):
    client = signed_in(bob)
    secret = issue_token(bob, name="t", expires_at=in_a_day())
    lens = Lens.objects.create(
        user=bob,
        credential="token:1",
        purpose="quality",
        scope="study",
        scope_id=1,
        collection=radiology,
        closes_at=timezone.now() + timedelta(minutes=15),
    )
    signed_in(alice).post("/people/bob/deactivate")
    assert client.get("/").status_code == 302
    assert not Session.objects.of(bob).exists()
    header = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/me/", headers=header).status_code == 401
    lens.refresh_from_db()
    assert lens.closed_at is not None
    assert (
        AuditEvent.objects.filter(event=Event.USER_DEACTIVATED).latest("id").told["actor"]["id"] == alice.pk
    )


def test_an_account_opens_again_and_its_tokens_stay_revoked(alice, bob):
    secret = issue_token(bob, name="t", expires_at=in_a_day())
    client = signed_in(alice)
    client.post("/people/bob/deactivate")
    client.post("/people/bob/activate")
    bob.refresh_from_db()
    assert signed_in(bob).get("/sources").status_code == 200
    header = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/me/", headers=header).status_code == 401
    assert AuditEvent.objects.filter(event=Event.USER_ACTIVATED).exists()


def test_nobody_deactivates_themselves(alice, second):
    with pytest.raises(PermissionDenied):
        deactivate_user(alice, actor=alice)


def test_the_last_one_who_looks_after_the_installation_stays(alice, second):
    deactivate_user(second, actor=alice)
    with pytest.raises(ValidationError):
        deactivate_user(alice, actor=None)
    alice.refresh_from_db()
    assert alice.is_active


def test_who_cannot_sign_in_any_more_looks_after_nothing(alice, second):
    User.objects.filter(pk=second.pk).update(active_until=timezone.now())
    with pytest.raises(ValidationError):
        deactivate_user(alice, actor=None)


def test_sessions_of_another_are_ended_by_who_manages_people(alice, bob, charlie):
    client = signed_in(bob)
    assert signed_in(charlie).post("/people/bob/sessions/end").status_code == 403
    signed_in(alice).post("/people/bob/sessions/end")
    assert client.get("/").status_code == 302


def test_an_account_that_is_over_is_worth_nothing(bob):
    secret = issue_token(bob, name="t", expires_at=in_a_day())
    client = signed_in(bob)
    User.objects.filter(pk=bob.pk).update(active_until=timezone.now())
    assert client.get("/sources").status_code == 302
    header = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/me/", headers=header).status_code == 401


# --- service accounts and auditors ------------------------------------------------------------------


def test_a_service_account_has_somebody_who_answers_for_it(alice):
    client = signed_in(alice)
    told = {"username": "pacs-export", "purpose": "Exports", "answerable": alice.pk}
    client.post("/people/services/new", told)
    account = User.objects.get(username="pacs-export")
    assert (account.kind, account.answerable, account.has_usable_password()) == ("service", alice, False)
    missing = client.post("/people/services/new", {"username": "x", "purpose": "y"})
    assert "This field is required" in missing.content.decode()


def test_nobody_signs_in_as_a_service_account_even_with_a_password(alice, client):
    account = create_service_account("pacs-export", purpose="Exports", answerable=alice, actor=alice)
    account.set_password("correct horse battery")
    account.save()
    client.post("/sign-in", {"username": "pacs-export", "password": "correct horse battery"})
    assert client.get("/").status_code == 302


def test_accounts_that_nobody_answers_for_any_more_are_pointed_out(alice, bob, second):
    create_service_account("pacs-export", purpose="Exports", answerable=second, actor=alice)
    client = signed_in(alice)
    assert "nobody answers for it" not in body_of(client, "/people")
    deactivate_user(second, actor=alice)
    assert "nobody answers for it" in body_of(client, "/people")
    assert "pacs-export" in body_of(client, "/people?state=unanswered")


def test_an_auditor_reads_on_every_page_what_the_account_is_held_to(alice, radiology):
    until = timezone.now() + timedelta(days=30)
    user = User.objects.create(username="eve", kind=User.Kind.AUDITOR, active_until=until)
    give_grant(user, Job.AUDITOR, radiology)
    for path in ("/", "/studies", "/account"):
        body = body_of(signed_in(user), path)
        assert f"Read-only until {until:%Y-%m-%d}" in body
        assert "Collections: Radiology." in body
    assert "Read-only until" not in body_of(signed_in(alice), "/")


def test_the_account_page_says_what_one_may_do(bob):
    body = body_of(signed_in(bob), "/account")
    assert "Data steward" in body
    assert "on Radiology" in body
