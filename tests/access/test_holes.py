"""Ways round the rules that were found once by attacking them, and stay closed."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from governance.access import can
from governance.actions.accept_invitation import NoInvitation, accept_invitation
from governance.actions.activate_user import activate_user
from governance.actions.break_glass import break_glass
from governance.actions.change_grant_end import change_grant_end
from governance.actions.change_members import change_members
from governance.actions.create_service_account import create_service_account
from governance.actions.deactivate_user import deactivate_user
from governance.actions.decide_request import approve_request, deny_request
from governance.actions.decide_review_row import decide_review_row
from governance.actions.give_grant import give_grant
from governance.actions.invite import Guest, invite
from governance.actions.issue_token import issue_token
from governance.actions.keep_review_rows import keep_review_rows
from governance.actions.refusals import Refused
from governance.actions.request_access import request_access
from governance.actions.revoke_grant import revoke_grant
from governance.actions.save_role import save_role
from governance.actions.start_review import start_review
from governance.models import AuditEvent, Grant, Invitation, LegalBasis, ReviewRow, Role, User
from governance.permissions import Job, Permission
from tests.factories import make_instance, make_series, make_source, make_study

pytestmark = pytest.mark.django_db
READ, REVEAL = Permission.CATALOG_READ, Permission.PHI_REVEAL
PASSWORD = "correct horse battery"


def role_of(name: str, *permissions: Permission, second_factor: bool = False) -> Role:
    return Role.objects.create(
        slug=name.lower(),
        name=name,
        permissions=[each.value for each in permissions],
        needs_second_factor=second_factor,
    )


def saved(role: Role, actor: User, *permissions: Permission, second_factor: bool = False) -> Role:
    return save_role(
        role,
        actor=actor,
        name=role.name,
        description="",
        permissions=permissions,
        needs_second_factor=second_factor,
    )


def anew(user: User) -> User:
    return User.objects.get(pk=user.pk)


@pytest.fixture
def olivia(db) -> User:
    """Compliance officer of every Collection."""
    user = User.objects.create(username="olivia")
    give_grant(user, Job.COMPLIANCE_OFFICER)
    return user


@pytest.fixture
def program(alice) -> User:
    """A service account for which Alice answers."""
    return create_service_account("program", purpose="Exports", answerable=alice, actor=alice)


def asking(requester: User, role: Role, collection: Any) -> Any:
    collection.is_listed = True
    collection.save()
    return request_access(
        requester, role, collection, purpose="Quality", legal_basis=LegalBasis.OPERATIONS, days=5
    )


# --- programs that somebody answers for ---------------------------------------------------------------


def test_nobody_gives_access_to_a_program_that_they_answer_for(alice, program, radiology):
    with pytest.raises(PermissionDenied):
        give_grant(program, Job.DATA_STEWARD, radiology, actor=alice)
    assert not can(anew(program), REVEAL, radiology)


def test_nobody_takes_a_program_of_theirs_into_a_group_nor_gives_to_that_group(alice, program):
    group = Group.objects.create(name="Stewards")
    with pytest.raises(PermissionDenied):
        change_members(group, actor=alice, add=[program])
    group.user_set.add(program)
    with pytest.raises(PermissionDenied):
        give_grant(group, Job.DATA_STEWARD, actor=alice)


def test_nobody_makes_the_access_of_their_program_longer(alice, program, radiology):
    grant = give_grant(program, Job.RESEARCHER, radiology, expires_at=timezone.now() + timedelta(days=1))
    with pytest.raises(PermissionDenied):
        change_grant_end(grant, actor=alice, expires_at=None, reason="Longer")


def test_nobody_decides_what_a_program_of_theirs_asks_for_nor_it_what_they_ask(olivia, alice, radiology):
    program = create_service_account("robot", purpose="Exports", answerable=olivia, actor=alice)
    researcher = Role.objects.get(slug=Job.RESEARCHER)
    request = asking(program, researcher, radiology)
    with pytest.raises(PermissionDenied):
        approve_request(request, approver=olivia)
    give_grant(program, Job.COMPLIANCE_OFFICER)
    own = asking(olivia, researcher, radiology)
    with pytest.raises(PermissionDenied):
        approve_request(own, approver=anew(program))
    with pytest.raises(PermissionDenied):
        deny_request(own, approver=anew(program), reason="No")


def test_nobody_reviews_the_access_of_a_program_of_theirs(olivia, alice, radiology):
    program = create_service_account("robot", purpose="Exports", answerable=olivia, actor=alice)
    grant = give_grant(program, Job.RESEARCHER, radiology)
    review = start_review("All", actor=olivia, due_on=timezone.localdate(), collection=radiology)
    row = ReviewRow.objects.get(review=review, grant=grant)
    with pytest.raises(PermissionDenied):
        decide_review_row(row, ReviewRow.Decision.KEEP, actor=olivia)
    assert keep_review_rows(review, {row.pk}, actor=olivia, reason="Fine") == 0


# --- roles of one's own -------------------------------------------------------------------------------


def test_a_change_made_from_an_old_page_gives_nobody_back_what_their_role_lost(alice):
    role = role_of("Helper", READ, REVEAL)
    give_grant(alice, role)
    old = Role.objects.get(pk=role.pk)
    Role.objects.filter(pk=role.pk).update(permissions=[READ.value])
    with pytest.raises(PermissionDenied):
        saved(old, alice, READ, REVEAL)


def test_nobody_adds_to_a_role_that_they_will_hold_or_have_asked_for(alice, radiology):
    coming, asked = role_of("Coming", READ), role_of("Asked", READ)
    give_grant(alice, coming, starts_at=timezone.now() + timedelta(days=1))
    asking(alice, asked, radiology)
    for role in (coming, asked):
        with pytest.raises(PermissionDenied):
            saved(role, alice, READ, REVEAL)


def test_nobody_adds_to_a_role_of_a_program_that_they_answer_for(alice, program):
    role = role_of("Helper", READ)
    give_grant(program, role)
    with pytest.raises(PermissionDenied):
        saved(role, alice, READ, REVEAL)


def test_nobody_frees_their_own_role_of_its_second_factor(alice):
    role = role_of("Helper", READ, second_factor=True)
    give_grant(alice, role)
    with pytest.raises(PermissionDenied):
        saved(role, alice, READ)


# --- invitations --------------------------------------------------------------------------------------


def test_who_was_shut_out_has_left_no_invitation_behind_to_come_back_by(alice, olivia):
    other = User.objects.create(username="other")
    give_grant(other, Job.ADMINISTRATOR)
    secret = invite(Guest(first_name="Back", last_name="Door"), actor=other).secret
    deactivate_user(other, actor=alice)
    with pytest.raises(PermissionDenied):
        accept_invitation(secret, username="back", password=PASSWORD)
    assert not User.objects.filter(username="back").exists()


def test_an_invitation_to_an_account_that_is_over_already_makes_none(alice):
    soon = timezone.now() + timedelta(days=1)
    auditor = Role.objects.get(slug=Job.AUDITOR)
    guest = Guest(first_name="A", last_name="B", kind="auditor", active_until=soon, roles=[auditor])
    made = invite(guest, actor=alice)
    Invitation.objects.filter(pk=made.invitation.pk).update(active_until=timezone.now())
    with pytest.raises(NoInvitation):
        accept_invitation(made.secret, username="late", password=PASSWORD)


# --- reviews ------------------------------------------------------------------------------------------


def test_what_was_revoked_meanwhile_is_not_given_again_by_reducing_it(alice, olivia, bob, radiology):
    review = start_review("All", actor=olivia, due_on=timezone.localdate(), collection=radiology)
    row = ReviewRow.objects.select_related("grant__role").get(review=review, grant__user=bob)
    revoke_grant(Grant.objects.get(pk=row.grant_id), actor=alice, reason="Left")
    researcher = Role.objects.get(slug=Job.RESEARCHER)
    with pytest.raises(Refused):
        decide_review_row(row, ReviewRow.Decision.REDUCE, actor=olivia, reason="Less", role=researcher)
    assert not can(anew(bob), READ, radiology)


def test_reducing_keeps_an_end_that_was_drawn_nearer_meanwhile(alice, olivia, bob, radiology):
    review = start_review("All", actor=olivia, due_on=timezone.localdate(), collection=radiology)
    row = ReviewRow.objects.select_related("grant__role").get(review=review, grant__user=bob)
    end = timezone.now() + timedelta(hours=1)
    change_grant_end(Grant.objects.get(pk=row.grant_id), actor=alice, expires_at=end, reason="Soon")
    researcher = Role.objects.get(slug=Job.RESEARCHER)
    decide_review_row(row, ReviewRow.Decision.REDUCE, actor=olivia, reason="Less", role=researcher)
    assert Grant.objects.in_force(timezone.now()).get(user=bob).expires_at == end


# --- tokens -------------------------------------------------------------------------------------------


def with_token(user: User, *scopes: Permission) -> Client:
    end = timezone.now() + timedelta(days=1)
    secret = issue_token(user, name="t", expires_at=end, scopes=scopes)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_a_narrowed_token_asks_for_no_access_and_takes_no_request_back(bob, radiology):
    researcher = Role.objects.get(slug=Job.RESEARCHER)
    request = asking(bob, researcher, radiology)
    narrowed = with_token(bob, READ)
    body = {
        "collection": radiology.pk,
        "role": Role.objects.get(slug=Job.ADMINISTRATOR).pk,
        "purpose": "More",
        "legal_basis": "operations",
        "days": 5,
    }
    answer = narrowed.post("/api/access-requests/", body, content_type="application/json")
    assert answer.status_code == 403
    assert narrowed.post(f"/api/access-requests/{request.pk}/withdraw/").status_code == 403
    assert with_token(bob).post(f"/api/access-requests/{request.pk}/withdraw/").status_code == 200


def test_a_narrowed_token_gives_up_nothing_that_its_owner_holds(bob, radiology):
    grant = Grant.objects.get(user=bob)
    address, said = f"/api/grants/{grant.pk}/revoke/", {"reason": "Not mine to give up"}
    answer = with_token(bob, READ).post(address, said, content_type="application/json")
    assert answer.status_code == 403
    assert Grant.objects.in_force(timezone.now()).filter(pk=grant.pk).exists()
    assert with_token(bob).post(address, said, content_type="application/json").status_code == 200


# --- the trail ----------------------------------------------------------------------------------------


def test_a_header_is_not_read_past_the_trail(bob, radiology):
    series = make_series(make_study(radiology))
    instance = make_instance(series, source=make_source(radiology))
    assert with_token(bob).get(f"/api/headers/{instance.header_id}/").status_code == 200
    told = AuditEvent.objects.filter(actor_id=bob.pk, event="catalog.viewed")
    assert [event.participant_objects for event in told] == [[f"series:{series.code}"]]


def test_a_glass_does_not_outlive_the_account_that_broke_it(alice):
    root = User.objects.create(username="root", is_superuser=True)
    break_glass(root, reason="Disaster", minutes=60)
    deactivate_user(root, actor=alice)
    activate_user(anew(root), actor=alice)
    assert not can(anew(root), READ)
