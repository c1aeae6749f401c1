"""Grants: what they give, from when until when, and that their stored form follows them."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from guardian.shortcuts import assign_perm

from governance.access import can, can_anywhere, collections_for, forget_scopes
from governance.actions.apply_grants import apply_grants
from governance.actions.end_grants import check_grants, end_grants
from governance.actions.give_grant import give_grant
from governance.actions.keep_roles import keep_roles
from governance.actions.revoke_grant import revoke_grant
from governance.audit.events import Event
from governance.duties import conflicts
from governance.explain import Ground, explain
from governance.models import AuditEvent, BreakGlass, Collection, Grant, Role, User
from governance.permissions import BUILTIN_ROLES, Job, Permission

READ = Permission.CATALOG_READ
pytestmark = pytest.mark.django_db


def asked_anew(user: User) -> User:
    """The same person, as the next request knows them."""
    return User.objects.get(pk=user.pk)


def events(event: Event) -> int:
    return AuditEvent.objects.filter(event=event.value).count()


def move(grant: Grant, **times: timedelta) -> None:
    """Set a grant's times relative to now, as if it had been given then."""
    Grant.objects.filter(pk=grant.pk).update(**{name: timezone.now() + by for name, by in times.items()})


@pytest.mark.parametrize("job", Job)
def test_a_role_gives_its_permissions_and_no_other(job: Job, charlie: User, radiology: Collection):
    give_grant(charlie, job, radiology)
    held = {permission for permission in Permission if can(charlie, permission, radiology)}
    assert held == BUILTIN_ROLES[job].permissions


def test_a_grant_on_one_collection_says_nothing_of_another(charlie, radiology, research):
    give_grant(charlie, Job.RESEARCHER, radiology)
    assert can(charlie, READ, radiology)
    assert not can(charlie, READ, research)
    assert not can(charlie, READ)
    assert list(collections_for(charlie, READ)) == [radiology]


def test_a_program_that_nobody_answers_for_any_more_holds_nothing(charlie, alice, radiology):
    program = User.objects.create(username="exporter", kind=User.Kind.SERVICE, answerable=alice)
    give_grant(program, Job.RESEARCHER, radiology)
    assert can(asked_anew(program), READ, radiology)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert not can(asked_anew(program), READ, radiology)
    assert explain(asked_anew(program), READ, radiology).ground is Ground.ACCOUNT


def test_a_grant_on_all_reaches_a_collection_made_later(charlie):
    give_grant(charlie, Job.RESEARCHER)
    assert can(charlie, READ, Collection.objects.create(name="Later"))


def test_members_hold_what_their_group_was_given_and_lose_it_with_the_membership(charlie, radiology):
    group = Group.objects.create(name="Readers")
    give_grant(group, Job.RESEARCHER, radiology)
    assert not can(charlie, READ, radiology)
    charlie.groups.add(group)
    assert can(asked_anew(charlie), READ, radiology)
    charlie.groups.remove(group)
    assert not can(asked_anew(charlie), READ, radiology)


def test_what_is_about_no_collection_has_to_be_held_on_all(charlie, radiology):
    give_grant(charlie, Job.ADMINISTRATOR, radiology)
    assert not can_anywhere(charlie, Permission.USER_MANAGE)
    give_grant(charlie, Job.ADMINISTRATOR)
    assert can_anywhere(asked_anew(charlie), Permission.USER_MANAGE)


def test_a_grant_counts_from_its_beginning_to_its_end_before_any_task_has_run(charlie, radiology):
    grant = give_grant(charlie, Job.RESEARCHER, radiology, expires_at=timezone.now() + timedelta(hours=1))
    assert can(asked_anew(charlie), READ, radiology)
    move(grant, starts_at=timedelta(hours=-2), expires_at=timedelta(seconds=-1))
    assert not can(asked_anew(charlie), READ, radiology)


def test_a_grant_that_begins_later_is_stored_when_it_begins(charlie, radiology):
    grant = give_grant(charlie, Job.RESEARCHER, radiology, starts_at=timezone.now() + timedelta(hours=1))
    assert explain(charlie, READ, radiology).ground is Ground.NOT_YET
    move(grant, starts_at=timedelta(seconds=-1))
    assert end_grants() == 1
    assert can(asked_anew(charlie), READ, radiology)


def test_an_expired_grant_is_taken_from_the_stored_form_and_written_down_once(charlie, radiology):
    grant = give_grant(charlie, Job.RESEARCHER, radiology, expires_at=timezone.now() + timedelta(hours=1))
    move(grant, starts_at=timedelta(hours=-2), expires_at=timedelta(seconds=-1))
    assert (end_grants(), end_grants()) == (1, 0)
    assert events(Event.GRANT_EXPIRED) == 1
    assert not asked_anew(charlie).has_perm(READ.django_name, radiology)


def test_a_revoked_grant_ends_at_once_and_only_once(alice, bob, radiology):
    grant = Grant.objects.get(user=bob)
    assert revoke_grant(grant, actor=alice, reason="Left the department")
    assert not can(bob, READ, radiology)
    assert not revoke_grant(grant, actor=alice, reason="Again")
    assert events(Event.GRANT_REVOKED) == 1


def test_two_grants_of_the_same_permission_leave_it_when_one_ends(alice, bob, radiology):
    give_grant(bob, Job.RESEARCHER, radiology)
    revoke_grant(Grant.objects.get(user=bob, role__slug=Job.DATA_STEWARD), actor=alice, reason="Enough")
    assert can(asked_anew(bob), READ, radiology)
    assert not can(asked_anew(bob), Permission.CRAWL_CONTROL, radiology)


def test_giving_the_same_again_is_one_grant(alice, charlie, radiology):
    first = give_grant(charlie, Job.RESEARCHER, radiology, actor=alice)
    assert give_grant(charlie, Job.RESEARCHER, radiology, actor=alice) == first
    assert events(Event.GRANT_GIVEN) == 2  # this one, and Alice's own


def test_nobody_gives_access_to_themselves_or_their_group(alice, radiology):
    with pytest.raises(PermissionDenied):
        give_grant(alice, Job.COMPLIANCE_OFFICER, radiology, actor=alice)
    group = Group.objects.create(name="Mine")
    alice.groups.add(group)
    with pytest.raises(PermissionDenied):
        give_grant(group, Job.COMPLIANCE_OFFICER, radiology, actor=alice)


def test_a_steward_gives_nobody_access(bob, charlie, radiology):
    with pytest.raises(PermissionDenied):
        give_grant(charlie, Job.RESEARCHER, radiology, actor=bob)


def test_whoever_manages_one_collection_gives_access_there_alone(charlie, bob, radiology, research):
    give_grant(charlie, Job.ADMINISTRATOR, radiology)
    give_grant(bob, Job.RESEARCHER, radiology, actor=charlie)
    for elsewhere in (research, None):
        with pytest.raises(PermissionDenied):
            give_grant(bob, Job.RESEARCHER, elsewhere, actor=charlie)


def test_a_grant_that_would_be_over_is_refused(alice, charlie):
    with pytest.raises(ValidationError):
        give_grant(charlie, Job.RESEARCHER, actor=alice, expires_at=timezone.now() - timedelta(days=1))


def test_the_database_refuses_a_grant_approved_by_its_holder(charlie, radiology):
    role = Role.objects.get(slug=Job.RESEARCHER)
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.create(user=charlie, role=role, collection=radiology, approver=charlie)


# --- the stored form --------------------------------------------------------------------------------


def test_a_stored_row_without_a_grant_opens_nothing_and_is_removed_at_night(charlie, radiology):
    assign_perm(READ.django_name, charlie, radiology)
    assert not can(charlie, READ, radiology)
    assert check_grants() == (0, 1)
    assert events(Event.GRANTS_REPAIRED) == 1
    assert check_grants() == (0, 0)
    assert events(Event.GRANTS_REPAIRED) == 1


def test_a_grant_without_its_stored_rows_opens_nothing_and_is_mended_at_night(bob, radiology):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM guardian_userobjectpermission WHERE user_id = %s", [bob.pk])
        lost = cursor.rowcount
    assert not can(asked_anew(bob), READ, radiology)
    assert explain(asked_anew(bob), READ, radiology).ground is Ground.NOT_STORED
    assert check_grants() == (lost, 0)
    assert can(asked_anew(bob), READ, radiology)


def test_a_foreign_row_in_each_of_the_four_stored_forms_is_removed(charlie, radiology):
    group = Group.objects.create(name="Nobody's")
    assign_perm(READ.django_name, charlie, radiology)
    assign_perm(READ.django_name, group, radiology)
    assign_perm(READ.django_name, charlie)
    assign_perm(READ.django_name, group)
    assert apply_grants() == (0, 4)


def test_applying_for_one_person_leaves_the_others_rows_alone(alice, bob, charlie, radiology):
    before = {user.pk: asked_anew(user).get_all_permissions() for user in (alice, bob)}
    assign_perm(READ.django_name, charlie, radiology)
    assert apply_grants(charlie) == (0, 1)
    assert {user.pk: asked_anew(user).get_all_permissions() for user in (alice, bob)} == before
    assert apply_grants() == (0, 0)


def test_a_built_in_role_that_was_changed_by_hand_is_mended_and_its_holders_with_it(bob, radiology):
    Role.objects.filter(slug=Job.DATA_STEWARD).update(permissions=["installation:manage"])
    assert not can(asked_anew(bob), READ, radiology)
    keep_roles()
    assert can(asked_anew(bob), READ, radiology)
    assert not can(asked_anew(bob), Permission.INSTALLATION_MANAGE, radiology)
    assert events(Event.ROLE_CHANGED) == 1


# --- accounts ---------------------------------------------------------------------------------------


def test_an_ended_account_holds_nothing_whatever_was_granted(bob, radiology):
    bob.active_until = timezone.now() - timedelta(seconds=1)
    assert not can(bob, READ, radiology)
    assert explain(bob, READ, radiology).ground is Ground.ACCOUNT


def test_an_auditors_account_reads_and_does_nothing_else(charlie, radiology):
    charlie.kind = User.Kind.AUDITOR
    for job in Job:
        give_grant(charlie, job, radiology)
    held = {permission for permission in Permission if can(charlie, permission, radiology)}
    assert held == {permission for permission in Permission if permission.reads}
    assert Permission.PHI_REVEAL not in held


def test_a_narrowed_token_allows_no_more_than_its_scopes(bob, radiology):
    bob.narrowed_to = frozenset({READ})
    assert can(bob, READ, radiology)
    assert not can(bob, Permission.CRAWL_CONTROL, radiology)


def test_a_superuser_holds_nothing_until_the_glass_is_broken(charlie, radiology):
    User.objects.filter(pk=charlie.pk).update(is_superuser=True)
    assert not can(asked_anew(charlie), READ, radiology)
    now = timezone.now()
    broken = BreakGlass.objects.create(
        user=charlie, reason="Nobody else is there", expires_at=now + timedelta(hours=1)
    )
    assert can(asked_anew(charlie), Permission.INSTALLATION_MANAGE)
    assert explain(asked_anew(charlie), READ, radiology).ground is Ground.BREAK_GLASS
    BreakGlass.objects.filter(pk=broken.pk).update(closed_at=now)
    assert not can(asked_anew(charlie), READ, radiology)


# --- explanations -----------------------------------------------------------------------------------


def test_an_explanation_names_the_deciding_grant(bob, radiology):
    told = explain(bob, READ, radiology)
    assert (told.allowed, told.ground) == (True, Ground.GRANT)
    assert told.grants == (Grant.objects.get(user=bob),)
    assert told.says == "bob is data steward on Radiology, by the installation's own hand."


def test_an_explanation_of_a_refusal_names_the_roles_that_would_give_it(charlie, radiology):
    told = explain(charlie, Permission.ACCESS_APPROVE, radiology)
    assert (told.allowed, told.ground) == (False, Ground.MISSING)
    assert [role.slug for role in told.roles] == [Job.COMPLIANCE_OFFICER]


def test_an_explanation_says_who_revoked_and_when(alice, bob, radiology):
    revoke_grant(Grant.objects.get(user=bob), actor=alice, reason="Left")
    told = explain(asked_anew(bob), READ, radiology)
    assert told.ground is Ground.ENDED
    assert "revoked on" in told.says
    assert "alice" in told.says


@pytest.mark.parametrize("permission", Permission)
def test_an_explanation_never_contradicts_the_answer(permission, alice, bob, charlie, radiology, research):
    for user in (alice, bob, charlie):
        for where in (radiology, research, None):
            assert explain(user, permission, where).allowed is can(user, permission, where)


# --- separation of duties ---------------------------------------------------------------------------


def test_no_built_in_role_holds_what_is_kept_apart(charlie):
    for job in Job:
        give_grant(User.objects.create(username=job.value), job)
    assert conflicts() == []


def test_two_roles_that_conflict_are_listed_with_their_grants(charlie, radiology):
    one = give_grant(charlie, Job.ADMINISTRATOR, radiology)
    other = give_grant(charlie, Job.COMPLIANCE_OFFICER)
    found = conflicts()
    assert {conflict.username for conflict in found} == {"charlie"}
    assert {conflict.collection for conflict in found} == {"Radiology"}
    assert all(conflict.grant_ids == (one.pk, other.pk) for conflict in found)
    assert (Permission.ACCESS_MANAGE, Permission.ACCESS_APPROVE) in [each.duty[:2] for each in found]


def test_roles_that_conflict_on_different_collections_are_no_conflict(charlie, radiology, research):
    give_grant(charlie, Job.ADMINISTRATOR, radiology)
    give_grant(charlie, Job.COMPLIANCE_OFFICER, research)
    assert conflicts() == []


def test_the_answer_is_kept_for_a_request_and_forgotten_on_demand(bob, radiology, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert can(bob, READ, radiology)
        assert can_anywhere(bob, READ)
    forget_scopes([bob])
    with django_assert_num_queries(1):
        can(bob, READ, radiology)
