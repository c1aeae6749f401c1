"""When grants were last used: from the audit trail, in steps, set by set."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from governance.actions.give_grant import give_grant
from governance.actions.note_use import note_use
from governance.actions.record import Thing, record
from governance.actions.revoke_grant import revoke_grant
from governance.audit.events import Event, Outcome
from governance.models import AuditEvent, Grant, User
from governance.permissions import Job, Permission
from governance.tasks import note_use as note_use_task
from governance.uses import EVENT_USES

pytestmark = pytest.mark.django_db


def used(grant: Grant) -> bool:
    grant.refresh_from_db()
    return grant.last_used_at is not None


def test_an_event_in_a_collection_is_the_use_of_the_grant_there(bob, radiology, research):
    here = Grant.objects.get(user=bob)
    there = give_grant(bob, Job.DATA_STEWARD, research)
    record(Event.OBJECT_VIEWED, actor=bob, collection=radiology, things=(Thing("study", 1),))
    assert note_use() == 1
    assert (used(here), used(there)) == (True, False)
    assert here.last_used_at == AuditEvent.objects.get(event=Event.OBJECT_VIEWED.value).recorded_at


def test_an_event_over_several_collections_is_the_use_of_each(bob, radiology, research):
    here = Grant.objects.get(user=bob)
    there = give_grant(bob, Job.RESEARCHER, research)
    things = (Thing("collection", radiology.pk), Thing("collection", research.pk))
    record(Event.STUDIES_LISTED, actor=bob, things=things)
    note_use()
    assert (used(here), used(there)) == (True, True)


def test_an_event_that_names_no_place_was_about_all_that_one_may_see(bob, radiology):
    record(Event.EXPORTED, actor=bob)
    note_use()
    assert used(Grant.objects.get(user=bob))


def test_only_a_role_that_allows_it_was_used(bob, radiology):
    reader = give_grant(bob, Job.RESEARCHER, radiology)
    record(Event.CRAWL_STARTED, actor=bob, collection=radiology)
    note_use()
    assert (used(Grant.objects.get(user=bob, role__slug=Job.DATA_STEWARD)), used(reader)) == (True, False)


def test_what_was_refused_or_done_by_somebody_else_is_no_use(alice, bob, radiology):
    record(Event.OBJECT_VIEWED, actor=bob, collection=radiology, outcome=Outcome.REFUSED)
    record(Event.OBJECT_VIEWED, actor=alice, collection=radiology)
    record(Event.OBJECT_VIEWED, actor=None, collection=radiology)
    note_use()
    assert not used(Grant.objects.get(user=bob))
    assert used(Grant.objects.get(user=alice))


def test_a_member_uses_what_the_group_was_given(charlie, radiology):
    group = Group.objects.create(name="Readers")
    group.user_set.add(charlie)
    grant = give_grant(group, Job.RESEARCHER, radiology)
    record(Event.OBJECT_VIEWED, actor=charlie, collection=radiology)
    note_use()
    assert used(grant)


def test_a_grant_that_was_over_or_not_yet_there_was_not_used(bob, charlie, radiology):
    over = give_grant(charlie, Job.RESEARCHER, radiology)
    revoke_grant(over, actor=None, reason="Over")
    record(Event.OBJECT_VIEWED, actor=charlie, collection=radiology)
    later = give_grant(charlie, Job.RESEARCHER, radiology)
    note_use()
    assert (used(over), used(later)) == (False, False)


def test_a_second_run_changes_nothing_and_the_next_use_is_noted(bob, radiology):
    grant = Grant.objects.get(user=bob)
    record(Event.OBJECT_VIEWED, actor=bob, collection=radiology)
    assert (note_use(), note_use()) == (1, 0)
    first = Grant.objects.filter(pk=grant.pk, last_used_at__isnull=False).values_list("last_used_at").get()
    record(Event.OBJECT_VIEWED, actor=bob, collection=radiology)
    note_use_task()
    assert Grant.objects.values_list("last_used_at").get(pk=grant.pk) > first


def test_events_older_than_the_overlap_are_not_read_again(bob, radiology, charlie):
    """What is noted already is where the next run begins."""
    Grant.objects.filter(user=bob).update(last_used_at=timezone.now() + timedelta(hours=2))
    grant = give_grant(charlie, Job.RESEARCHER, radiology)
    record(Event.OBJECT_VIEWED, actor=charlie, collection=radiology)
    assert note_use() == 0
    assert not used(grant)


def test_a_thousand_events_of_many_people_are_one_statement(radiology, django_assert_max_num_queries):
    people = User.objects.bulk_create([User(username=f"u{n}") for n in range(30)])
    for person in people:
        give_grant(person, Job.RESEARCHER, radiology)
        record(Event.OBJECT_VIEWED, actor=person, collection=radiology)
    with django_assert_max_num_queries(4):  # two, and a savepoint around them
        assert note_use() == 30


def test_unused_grants_are_those_that_are_old_and_were_not_used_for_as_long(bob, charlie, alice, radiology):
    now = timezone.now()
    fresh = Grant.objects.get(user=bob)
    forgotten = give_grant(charlie, Job.RESEARCHER, radiology)
    active = Grant.objects.get(user=alice)
    old = now - timedelta(days=100)
    Grant.objects.filter(pk__in=[forgotten.pk, active.pk]).update(starts_at=old)
    Grant.objects.filter(pk=active.pk).update(last_used_at=now - timedelta(days=1))
    assert list(Grant.objects.unused(now, 90)) == [forgotten]
    assert fresh not in Grant.objects.unused(now, 90)
    assert list(Grant.objects.unused(now, 101)) == []


def test_every_permission_that_can_be_seen_in_the_trail_has_an_event():
    """The others are about pages that write no event of their own."""
    silent = {Permission.SOURCE_READ, Permission.QUARANTINE_READ, Permission.USER_READ}
    assert set(Permission) - set(EVENT_USES.values()) == silent
