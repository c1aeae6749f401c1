"""Roles of one's own, what a change of them touches, groups, and Collections."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied

from governance.access import can
from governance.actions.change_collection import change_collection
from governance.actions.change_members import change_members
from governance.actions.create_collection import create_collection
from governance.actions.create_group import create_group
from governance.actions.give_grant import give_grant
from governance.actions.refusals import Refused
from governance.actions.rename_group import rename_group
from governance.actions.save_role import save_role
from governance.audit.events import Event
from governance.models import AuditEvent, Collection, PrivacyClaim, Role, User
from governance.permissions import Job, Permission
from governance.radius import blast_radius

pytestmark = pytest.mark.django_db
READ, EXPORT = Permission.CATALOG_READ, Permission.CATALOG_EXPORT


def asked_anew(user: User) -> User:
    return User.objects.get(pk=user.pk)


def events(event: Event) -> int:
    return AuditEvent.objects.filter(event=event.value).count()


def save(role: Role | None, actor: User, *permissions: Permission, name: str = "Taker") -> Role:
    return save_role(
        role, actor=actor, name=name, description="", permissions=permissions, needs_second_factor=False
    )


def test_a_role_of_ones_own_gives_exactly_its_permissions(alice, charlie, radiology):
    role = save(None, alice, READ, EXPORT)
    give_grant(charlie, role, radiology)
    assert {each for each in Permission if can(charlie, each, radiology)} == {READ, EXPORT}
    assert (role.slug, role.is_builtin, events(Event.ROLE_CHANGED)) == ("taker", False, 1)


def test_a_changed_role_counts_at_once_for_everybody_who_holds_it(alice, bob, charlie, radiology):
    role = save(None, alice, READ)
    give_grant(charlie, role, radiology)
    save(role, alice, READ, EXPORT)
    assert can(asked_anew(charlie), EXPORT, radiology)
    save(role, alice, EXPORT)
    assert not can(asked_anew(charlie), READ, radiology)
    assert can(asked_anew(bob), READ, radiology)


def test_a_built_in_role_cannot_be_changed(alice):
    researcher = Role.objects.get(slug=Job.RESEARCHER)
    with pytest.raises(Refused):
        save(researcher, alice, *Permission, name="Researcher")
    researcher.refresh_from_db()
    assert researcher.permissions == ["catalog:read"]


def test_only_whoever_manages_access_everywhere_makes_roles(bob, charlie, radiology):
    give_grant(charlie, Job.ADMINISTRATOR, radiology)
    for actor in (bob, charlie):
        with pytest.raises(PermissionDenied):
            save(None, actor, READ)


def test_nobody_adds_to_a_role_that_they_hold(alice):
    role = save(None, alice, READ, EXPORT)
    give_grant(alice, role)
    with pytest.raises(PermissionDenied):
        save(role, alice, READ, EXPORT, Permission.PHI_REVEAL)
    assert save(role, alice, READ).permissions == ["catalog:read"]


def test_a_role_has_a_name_of_its_own_and_allows_something(alice):
    save(None, alice, READ)
    for permissions, name in (([READ], "taker"), ([], "Empty"), ([READ], " "), ([READ], "Administrator")):
        with pytest.raises(Refused):
            save(None, alice, *permissions, name=name)


def test_names_that_make_the_same_slug_make_two_roles(alice):
    assert [save(None, alice, READ, name=name).slug for name in ("Night shift", "Night-shift", "夜")] == [
        "night-shift",
        "night-shift-2",
        "role",
    ]


def test_the_blast_radius_names_who_would_gain_and_lose_what_where(alice, bob, charlie, radiology, research):
    role = save(None, alice, READ)
    give_grant(charlie, role, radiology)
    give_grant(bob, role, radiology)  # reads there as a steward anyway
    group = Group.objects.create(name="Night")
    group.user_set.add(bob)
    give_grant(group, role, research)
    effects = blast_radius(role, [EXPORT])
    assert [(each.username, each.collection, each.gains, each.losses) for each in effects] == [
        ("bob", "Research", (EXPORT,), (READ,)),
        ("charlie", "Radiology", (EXPORT,), (READ,)),
    ]
    assert blast_radius(role, [READ]) == []


def test_the_blast_radius_is_what_then_happens(alice, charlie, radiology):
    role = save(None, alice, READ)
    give_grant(charlie, role, radiology)
    (effect,) = blast_radius(role, [EXPORT])
    save(role, alice, EXPORT)
    changed = asked_anew(charlie)
    assert all(can(changed, each, radiology) for each in effect.gains)
    assert not any(can(changed, each, radiology) for each in effect.losses)


# --- groups -----------------------------------------------------------------------------------------


def test_members_gain_and_lose_what_their_group_holds(alice, charlie, radiology):
    group = create_group("Readers", actor=alice)
    give_grant(group, Job.RESEARCHER, radiology, actor=alice)
    change_members(group, actor=alice, add=[charlie])
    assert can(asked_anew(charlie), READ, radiology)
    change_members(group, actor=alice, remove=[charlie])
    assert not can(asked_anew(charlie), READ, radiology)
    assert events(Event.GROUP_CHANGED) == 3


def test_nobody_adds_themselves_to_a_group(alice):
    group = create_group("Officers", actor=alice)
    with pytest.raises(PermissionDenied):
        change_members(group, actor=alice, add=[alice])


def test_whoever_manages_one_collection_changes_no_group(charlie, bob, alice, radiology):
    give_grant(charlie, Job.ADMINISTRATOR, radiology)
    group = create_group("Readers", actor=alice)
    for change in (
        lambda: create_group("Mine", actor=charlie),
        lambda: rename_group(group, "Mine", actor=charlie),
        lambda: change_members(group, actor=charlie, add=[bob]),
    ):
        with pytest.raises(PermissionDenied):
            change()


def test_two_groups_are_not_called_the_same(alice):
    create_group("Readers", actor=alice)
    other = create_group("Others", actor=alice)
    for change in (
        lambda: create_group("Readers", actor=alice),
        lambda: rename_group(other, "Readers", actor=alice),
    ):
        with pytest.raises(Refused):
            change()


# --- collections ------------------------------------------------------------------------------------


def test_a_new_collection_is_seen_by_those_who_hold_something_on_all_alone(alice, bob):
    made = create_collection("New", actor=alice)
    assert can(alice, READ, made)
    assert not can(asked_anew(bob), READ, made)
    assert events(Event.COLLECTION_CREATED) == 1


def test_a_collection_is_made_by_whoever_manages_all_and_changed_by_whoever_manages_it(
    charlie, bob, radiology
):
    give_grant(charlie, Job.ADMINISTRATOR, radiology)
    with pytest.raises(PermissionDenied):
        create_collection("New", actor=charlie)
    said: Any = {
        "name": "Radiology",
        "description": "All modalities",
        "owner": None,
        "privacy_claim": PrivacyClaim.LIMITED,
        "is_listed": True,
    }
    with pytest.raises(PermissionDenied):
        change_collection(radiology, actor=bob, **said)
    changed = change_collection(radiology, actor=charlie, **said)
    assert changed == ["description", "privacy_claim", "is_listed"]
    assert change_collection(radiology, actor=charlie, **said) == []
    assert events(Event.COLLECTION_CHANGED) == 1


def test_two_collections_are_not_called_the_same_whatever_the_case(alice, radiology):
    with pytest.raises(Refused):
        create_collection("RADIOLOGY", actor=alice)
    assert Collection.objects.count() == 1
