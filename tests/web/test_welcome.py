"""The first page of somebody who may read nothing: what they can ask for, and nothing of what is hidden."""

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from governance.actions.give_grant import give_grant
from governance.actions.request_access import request_access
from governance.models import AuditEvent, Collection, LegalBasis, Role, User
from governance.permissions import Job, Permission
from tests.web.conftest import signed_in


@pytest.fixture
def listed(radiology, bob) -> Collection:
    Collection.objects.filter(pk=radiology.pk).update(
        is_listed=True, owner=bob, description="Lungs of a trial."
    )
    return Collection.objects.get(pk=radiology.pk)


def first_page(user: User) -> str:
    answer = signed_in(user).get("/")
    assert answer.status_code == 200
    body: str = answer.content.decode()
    return body


def test_a_newcomer_is_told_what_can_be_asked_for_and_who_gives_access(charlie, alice, listed, elsewhere):
    body = first_page(charlie)
    assert f'href="/access/request?collection={listed.pk}"' in body
    assert "Lungs of a trial." in body
    assert "bob answers for it." in body
    assert "<li>alice</li>" in body
    assert elsewhere.study.collection.name not in body
    assert not AuditEvent.objects.filter(event="access.refused").exists()


def test_where_nothing_is_listed_a_newcomer_is_sent_to_whoever_gives_access(charlie, alice, radiology):
    body = first_page(charlie)
    assert "No collection is listed" in body
    assert "Radiology" not in body
    assert 'href="/access/request"' not in body


def test_only_people_who_give_access_on_all_collections_now_are_named(charlie, radiology):
    by_group, here, gone, program = (
        User.objects.create(username=name, kind=kind)
        for name, kind in (
            ("by-group", "person"),
            ("here-only", "person"),
            ("gone-away", "person"),
            ("a-program", "service"),
        )
    )
    group = Group.objects.create(name="Keepers")
    by_group.groups.add(group)
    give_grant(group, Job.ADMINISTRATOR)
    give_grant(here, Job.ADMINISTRATOR, radiology)
    for user in (gone, program):
        give_grant(user, Job.ADMINISTRATOR)
    User.objects.filter(pk=gone.pk).update(active_until=timezone.now())
    body = first_page(charlie)
    assert "<li>by-group</li>" in body
    assert not [name for name in ("here-only", "gone-away", "a-program") if f"<li>{name}</li>" in body]


def test_what_was_asked_for_is_found_on_the_first_page(charlie, listed):
    role = Role.objects.get(slug=Job.RESEARCHER)
    asked = request_access(
        charlie, role, listed, purpose="Feasibility", legal_basis=LegalBasis.PREPARATORY, days=5
    )
    body = first_page(charlie)
    assert f'href="/access/requests/{asked.pk}"' in body
    assert str(asked.get_state_display()) in body


def test_a_role_that_reads_no_catalogue_has_the_first_page_too(charlie, radiology):
    role = Role.objects.create(slug="lookers", name="Lookers", permissions=[Permission.ACCESS_READ.value])
    grant = give_grant(charlie, role, radiology)
    assert f'href="/access/grants/{grant.pk}"' in first_page(charlie)


def test_whoever_may_read_finds_the_figures_instead(researcher, held):
    assert "What we hold" in first_page(researcher)
