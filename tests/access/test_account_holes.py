"""Ways to act by an account that is not one's own, found once by attacking them, that stay closed."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from governance import vault
from governance.actions.activate_user import activate_user
from governance.actions.change_answerable import change_answerable
from governance.actions.change_members import change_members
from governance.actions.create_service_account import create_service_account
from governance.actions.deactivate_user import deactivate_user
from governance.actions.give_grant import give_grant
from governance.actions.issue_token import issue_token
from governance.actions.refusals import Refused
from governance.audit.events import Event
from governance.models import ApiToken, AuditEvent, Role, User
from governance.permissions import Job, Permission
from tests.web.conftest import signed_in

pytestmark = pytest.mark.django_db
TOKENS = "/people/program/tokens"
FORM = {"name": "export", "days": 30}


def in_a_day():
    return timezone.now() + timedelta(days=1)


def status_of(secret: str) -> int:
    return Client().get("/api/me/", headers={"Authorization": f"Bearer {secret}"}).status_code


def events(event: Event) -> list[dict]:
    return [each.told for each in AuditEvent.objects.filter(event=event).order_by("id")]


@pytest.fixture
def second(db) -> User:
    """Another administrator."""
    user = User.objects.create(username="second")
    give_grant(user, Job.ADMINISTRATOR)
    return user


@pytest.fixture
def program(alice, bob) -> User:
    """A service account that Alice made, and for which Bob, the data steward, answers."""
    return create_service_account("program", purpose="Exports", answerable=bob, actor=alice)


@pytest.fixture
def secret(program, bob) -> str:
    return issue_token(program, name="t", expires_at=in_a_day(), actor=bob)


# --- who makes tokens of a program --------------------------------------------------------------------


def test_who_gave_a_program_its_access_cannot_make_its_tokens(alice, second, program, radiology):
    give_grant(program, Job.DATA_STEWARD, radiology, actor=alice)
    for manager in (alice, second):
        with pytest.raises(PermissionDenied):
            issue_token(program, name="t", expires_at=in_a_day(), actor=manager)
        client = signed_in(manager)
        assert client.post(f"{TOKENS}/new", FORM).status_code == 403
        assert 'name="days"' not in client.get(TOKENS).content.decode()
    assert not ApiToken.objects.exists()
    assert len(events(Event.ACCESS_REFUSED)) == 2


def test_who_answers_for_a_program_makes_its_tokens_without_managing_people(bob, program):
    client = signed_in(bob)
    assert TOKENS in client.get("/account").content.decode()
    assert 'name="days"' in client.get(TOKENS).content.decode()
    body = client.post(f"{TOKENS}/new", FORM).content.decode()
    assert "iso_" in body
    assert "iso_" not in client.get(TOKENS).content.decode()
    token = ApiToken.objects.get(user=program)
    client.post(f"{TOKENS}/{token.pk}/revoke")
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_tokens_of_a_program_are_not_there_for_strangers_to_it(charlie, program):
    assert signed_in(charlie).get(TOKENS).status_code == 404
    assert signed_in(charlie).post(f"{TOKENS}/new", FORM).status_code == 404


def test_who_manages_people_still_revokes_the_tokens_of_a_program(alice, program, secret):
    signed_in(alice).post(f"{TOKENS}/{ApiToken.objects.get().pk}/revoke")
    assert status_of(secret) == 401


def test_each_reader_of_a_program_s_page_is_told_who_makes_its_tokens(alice, bob, program):
    said = signed_in(alice).get("/people/program").content.decode()
    assert "bob makes its tokens" in said
    give_grant(bob, Job.COMPLIANCE_OFFICER)
    assert "Make and revoke" in signed_in(bob).get("/people/program").content.decode()


def test_the_page_that_made_a_program_says_what_comes_next_and_by_whom(alice, bob):
    told = {"username": "nightly", "purpose": "Reports", "answerable": bob.pk}
    body = signed_in(alice).post("/people/services/new", told, follow=True).content.decode()
    assert "bob makes its tokens" in body
    own = {"username": "weekly", "purpose": "Reports", "answerable": alice.pk}
    body = signed_in(alice).post("/people/services/new", own, follow=True).content.decode()
    assert "Somebody else has to give it a role" in body


# --- taking a program over ----------------------------------------------------------------------------


def test_a_change_of_who_answers_ends_every_token_and_is_recorded(alice, second, program, secret):
    change_answerable(program, answerable=second, actor=alice, reason="Bob has left the team")
    assert status_of(secret) == 401
    (told,) = events(Event.ANSWERABLE_CHANGED)
    assert (told["purpose"], told["detail"]["tokens"]) == ("Bob has left the team", 1)
    assert f"answerable:{second.pk}" in told["objects"]
    issue_token(User.objects.get(pk=program.pk), name="t", expires_at=in_a_day(), actor=second)


def test_nobody_who_gave_a_program_its_access_comes_to_answer_for_it(alice, second, program, radiology):
    give_grant(program, Job.RESEARCHER, radiology, actor=alice)
    for manager in (alice, second):
        with pytest.raises(PermissionDenied):
            change_answerable(program, answerable=alice, actor=manager, reason="Mine now")


def test_nobody_who_gave_it_to_a_group_of_the_program_comes_to_answer_for_it(alice, second, program):
    group = Group.objects.create(name="Readers")
    give_grant(group, Job.RESEARCHER, actor=alice)
    change_members(group, actor=second, add=[program])
    with pytest.raises(PermissionDenied):
        change_answerable(program, answerable=alice, actor=second, reason="Hers now")


def test_nobody_who_gave_it_by_a_program_of_theirs_comes_to_answer_for_it(alice, charlie, program, radiology):
    giver = create_service_account("giver", purpose="Gives access", answerable=charlie, actor=alice)
    give_grant(giver, Job.ADMINISTRATOR, radiology)
    give_grant(program, Job.RESEARCHER, radiology, actor=giver)
    with pytest.raises(PermissionDenied):
        change_answerable(program, answerable=charlie, actor=alice, reason="His now")
    assert User.objects.get(pk=program.pk).answerable != charlie


def test_nobody_takes_over_a_program_that_may_do_more_than_they(alice, second, program, radiology):
    give_grant(program, Job.DATA_STEWARD, radiology, actor=second)
    with pytest.raises(PermissionDenied):
        change_answerable(program, answerable=alice, actor=alice, reason="Mine now")


def test_whoever_manages_people_alone_gives_nobody_more_access_by_a_program(alice, program, radiology):
    """Else they would invent somebody, and act as any program by them."""
    keeping = Role.objects.create(slug="keepers", name="Keepers", permissions=[Permission.USER_MANAGE.value])
    manager = User.objects.create(username="manager")
    give_grant(manager, keeping)
    invented = User.objects.create(username="invented")
    change_answerable(program, answerable=invented, actor=manager, reason="It may do nothing")
    other = User.objects.create(username="other")
    give_grant(program, Job.DATA_STEWARD, radiology)
    with pytest.raises(PermissionDenied):
        change_answerable(program, answerable=other, actor=manager, reason="They have left")
    change_answerable(program, answerable=other, actor=alice, reason="They have left")
    assert User.objects.get(pk=program.pk).answerable == other


def test_a_program_is_handed_over_on_its_page_with_a_reason(alice, second, program, secret):
    client, path = signed_in(alice), "/people/program/answerable"
    assert client.post(path, {"answerable": second.pk, "reason": " "}).status_code == 422
    assert status_of(secret) == 200
    assert client.post(path, {"answerable": second.pk, "reason": "Moved"}).status_code == 302
    assert status_of(secret) == 401
    assert User.objects.get(pk=program.pk).answerable == second


def test_a_program_is_handed_over_only_to_an_active_person_and_with_a_reason(alice, bob, charlie, program):
    User.objects.filter(pk=charlie.pk).update(is_active=False)
    with pytest.raises(ValidationError):
        change_answerable(program, answerable=User.objects.get(pk=charlie.pk), actor=alice, reason="Why")
    with pytest.raises(Refused):
        change_answerable(program, answerable=alice, actor=alice, reason=" ")
    with pytest.raises(Refused):
        change_answerable(program, answerable=bob, actor=alice, reason="Again")


def test_handing_a_program_over_needs_the_right_to_manage_people(bob, charlie, program):
    with pytest.raises(PermissionDenied):
        change_answerable(program, answerable=charlie, actor=bob, reason="Not mine to give")
    assert signed_in(bob).post("/people/program/answerable", {}).status_code == 403


# --- programs that nobody answers for -----------------------------------------------------------------


def test_a_program_stops_at_once_when_nobody_answers_for_it_any_more(alice, bob, program, secret):
    assert status_of(secret) == 200
    deactivate_user(bob, actor=alice)
    assert status_of(secret) == 401
    activate_user(User.objects.get(pk=bob.pk), actor=alice)
    assert status_of(secret) == 401


def test_a_program_stops_when_the_time_of_who_answers_for_it_is_over(bob, program, secret):
    User.objects.filter(pk=bob.pk).update(active_until=timezone.now())
    assert status_of(secret) == 401


def test_no_token_is_made_and_no_command_runs_for_a_program_that_nobody_answers_for(alice, bob, program):
    deactivate_user(bob, actor=alice)
    with pytest.raises(PermissionDenied):
        issue_token(program, name="t", expires_at=in_a_day())
    with pytest.raises(CommandError, match="may not"):
        call_command("audit", "--as", "program", "key")


def test_pages_say_that_a_program_which_nobody_answers_for_does_nothing(alice, bob, program):
    assert "Stopped" not in signed_in(alice).get("/people/program").content.decode()
    deactivate_user(bob, actor=alice)
    assert "Stopped" in signed_in(alice).get("/people/program").content.decode()
    assert "Stopped" in signed_in(alice).get("/people?state=unanswered").content.decode()


# --- tokens and second factors ------------------------------------------------------------------------


def second_factor_of(user: User) -> Authenticator:
    sealed = vault.seal(vault.SECOND_FACTOR, "JBSWY3DPEHPK3PXP")
    return Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": sealed})


def test_a_token_made_before_a_role_needed_a_second_factor_waits_for_one(settings, charlie):
    settings.SECOND_FACTOR = "ROLES"
    secret = issue_token(charlie, name="t", expires_at=in_a_day())
    assert status_of(secret) == 200
    give_grant(charlie, Job.COMPLIANCE_OFFICER)
    answer = Client().get("/api/studies/", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:isocenter:problem:second-factor-needed"
    assert "Second factors" in answer.json()["detail"]
    (refused,) = events(Event.ACCESS_REFUSED)
    assert refused["actor"]["id"] == charlie.pk
    second_factor_of(charlie)
    assert status_of(secret) == 200


def test_a_program_s_token_needs_no_second_factor(settings, bob, program, secret, radiology):
    settings.SECOND_FACTOR = "ALL"
    give_grant(program, Job.COMPLIANCE_OFFICER, radiology)
    assert status_of(secret) == 200


@pytest.mark.parametrize("way", ["alone", "group"])
def test_who_makes_a_program_s_tokens_has_the_second_factor_that_its_role_asks_for(
    way, settings, bob, program, radiology
):
    settings.SECOND_FACTOR = "ROLES"
    assert signed_in(bob).get(TOKENS).status_code == 200
    group = Group.objects.create(name="Programs")
    group.user_set.add(program)
    give_grant(group if way == "group" else program, Job.COMPLIANCE_OFFICER, radiology)
    assert signed_in(bob).post(f"{TOKENS}/new", FORM).status_code == 302
    assert not ApiToken.objects.exists()
    second_factor_of(bob)
    assert signed_in(bob).post(f"{TOKENS}/new", FORM).status_code == 200
    assert ApiToken.objects.filter(user=program).exists()


# --- second factors that somebody has lost ------------------------------------------------------------


RESET = "/people/charlie/second-factor/reset"


def test_a_lost_second_factor_is_reset_with_a_reason_and_ends_sessions(alice, charlie):
    second_factor_of(charlie)
    Authenticator.objects.create(user=charlie, type=Authenticator.Type.RECOVERY_CODES, data={})
    theirs, client = signed_in(charlie), signed_in(alice)
    assert RESET in client.get("/people/charlie").content.decode()
    assert client.post(RESET, {"reason": " "}).status_code == 422
    assert Authenticator.objects.filter(user=charlie).count() == 2
    assert client.post(RESET, {"reason": "Lost phone"}).status_code == 302
    assert not Authenticator.objects.filter(user=charlie).exists()
    assert theirs.get("/account").status_code == 302
    (told,) = events(Event.SECOND_FACTOR_RESET)
    assert (told["actor"]["id"], told["purpose"]) == (alice.pk, "Lost phone")
    assert told["detail"] == {"kinds": ["recovery_codes", "totp"]}
    assert {each["actor"]["id"] for each in events(Event.SECOND_FACTOR_REMOVED)} == {alice.pk}
    assert client.post(RESET, {"reason": "Again"}).status_code == 422


def test_nobody_resets_their_own_second_factor_that_way(alice):
    second_factor_of(alice)
    assert signed_in(alice).post("/people/alice/second-factor/reset", {"reason": "Mine"}).status_code == 403
    assert Authenticator.objects.filter(user=alice).exists()


@pytest.mark.parametrize("way", ["role", "group", "coming", "program", "superuser", "deactivated"])
def test_nobody_resets_it_for_somebody_who_may_do_more_than_they(way, alice, second, charlie, radiology):
    second_factor_of(charlie)
    if way == "superuser":
        User.objects.filter(pk=charlie.pk).update(is_superuser=True)
    elif way == "program":
        robot = create_service_account("robot", purpose="Exports", answerable=charlie, actor=alice)
        give_grant(robot, Job.DATA_STEWARD, radiology)
    elif way == "group":
        group = Group.objects.create(name="Stewards")
        group.user_set.add(charlie)
        give_grant(group, Job.DATA_STEWARD, radiology)
    else:
        give_grant(charlie, Job.COMPLIANCE_OFFICER, starts_at=in_a_day() if way == "coming" else None)
    if way == "deactivated":
        deactivate_user(charlie, actor=second)
    client = signed_in(alice)
    assert RESET not in client.get("/people/charlie").content.decode()
    assert client.get(RESET).status_code == 403
    assert client.post(RESET, {"reason": "Lost phone"}).status_code == 403
    assert Authenticator.objects.filter(user=charlie).exists()
    assert not events(Event.SECOND_FACTOR_RESET)


def test_an_administrator_is_helped_by_another_one(alice, second):
    second_factor_of(second)
    told = {"reason": "Lost phone"}
    assert signed_in(alice).post("/people/second/second-factor/reset", told).status_code == 302
    assert not Authenticator.objects.filter(user=second).exists()


def test_whoever_owns_the_machine_resets_anybody_s_by_a_command(charlie, capsys):
    give_grant(charlie, Job.COMPLIANCE_OFFICER)
    second_factor_of(charlie)
    with pytest.raises(CommandError, match="Say why"):
        call_command("account", "charlie", "--reset-second-factor", " ")
    call_command("account", "charlie", "--reset-second-factor", "Lost phone")
    assert not Authenticator.objects.filter(user=charlie).exists()
    (told,) = events(Event.SECOND_FACTOR_RESET)
    assert told["actor"]["kind"] == "system"
