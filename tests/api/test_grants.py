"""Giving, moving and revoking access over the API: what the pages allow, and refused as they refuse."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from governance.actions.give_grant import give_grant
from governance.models import AuditEvent, Grant, Role, User
from governance.permissions import Job
from tests.api.conftest import Caller


@pytest.fixture
def keeper(db, radiology) -> Caller:
    """Gives access on radiology, and nowhere else."""
    user = User.objects.create(username="keeper")
    give_grant(user, Job.ADMINISTRATOR, radiology)
    return Caller(user)


def gift(collection, **said):
    role = Role.objects.get(slug=Job.RESEARCHER).pk
    return {"role": role, "collection": collection, "reason": "Joined the team.", **said}


def test_a_grant_is_given_found_moved_and_revoked(keeper, charlies, charlie, radiology):
    made = keeper.post("/api/grants/", gift(radiology.pk, user="charlie"))
    assert made.status_code == 201
    assert keeper.get(made["Location"]).json() == made.json()
    assert charlies.get("/api/studies/").status_code == 200
    end = timezone.now() + timedelta(days=3)
    moved = keeper.post(f"{made['Location']}end/", {"expires_at": end.isoformat(), "reason": "A visit."})
    assert moved.status_code == 200
    assert Grant.objects.get(user=charlie).expires_at == end
    ended = keeper.post(f"{made['Location']}revoke/", {"reason": "Has left."})
    assert (ended.status_code, ended.json()["revoked_at"] is None) == (200, False)
    assert charlies.get("/api/studies/").status_code == 403
    told = AuditEvent.objects.filter(
        event__startswith="grant.", actor_id=Grant.objects.get(user=charlie).given_by_id
    )
    assert {*told.values_list("event", flat=True)} == {"grant.given", "grant.changed", "grant.revoked"}


def test_a_group_is_given_a_role_on_all_collections_only_where_that_is_said(alices, radiology):
    group = Group.objects.create(name="Readers")
    assert alices.post("/api/grants/", gift(None, group="Readers")).status_code == 201
    assert Grant.objects.get(group=group).collection is None
    silent = gift(None, group="Readers")
    del silent["collection"]
    assert alices.post("/api/grants/", silent).json()["errors"][0]["pointer"] == "/collection"


def test_what_is_given_on_one_collection_does_not_reach_another_or_all(keeper, charlie, research):
    hidden = keeper.post("/api/grants/", gift(research.pk, user="charlie"))
    absent = keeper.post("/api/grants/", gift(10**9, user="charlie"))
    assert hidden.status_code == absent.status_code == 400
    assert hidden.json()["errors"] == absent.json()["errors"]
    assert keeper.post("/api/grants/", gift(None, user="charlie")).status_code == 403
    assert not Grant.objects.filter(user=charlie).exists()


def test_nobody_gives_or_moves_their_own_access_over_the_api(keeper, radiology):
    refused = keeper.post("/api/grants/", gift(radiology.pk, user="keeper"))
    assert refused.status_code == 403
    assert "Nobody gives access to themselves" in refused.json()["detail"]
    own = Grant.objects.get(user__username="keeper")
    assert (
        keeper.post(f"/api/grants/{own.pk}/end/", {"expires_at": None, "reason": "More."}).status_code == 403
    )


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({}, ""),
        ({"user": "charlie", "group": "Readers"}, ""),
        ({"user": "nobody-of-this-name"}, "/user"),
        ({"user": "charlie", "expires_at": "2031-01-01"}, "/expires_at"),
        ({"user": "charlie", "until": "2031-01-01T00:00:00Z"}, ""),
    ],
)
def test_a_grant_that_cannot_be_read_is_refused_by_member(said, pointer, keeper, charlie, radiology):
    Group.objects.create(name="Readers")
    answer = keeper.post("/api/grants/", gift(radiology.pk, **said))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)
    assert "with this id" not in answer.content.decode()
    assert "nobody-of-this-name" not in answer.content.decode()


def test_an_end_that_is_over_and_a_grant_that_is_over_are_conflicts(keeper, charlie, radiology):
    past = gift(radiology.pk, user="charlie", expires_at="2020-01-01T00:00:00Z")
    assert keeper.post("/api/grants/", past).status_code == 409
    address = f"/api/grants/{give_grant(charlie, Job.RESEARCHER, radiology).pk}"
    assert keeper.post(f"{address}/revoke/", {"reason": "Has left."}).status_code == 200
    assert keeper.post(f"{address}/revoke/", {"reason": "Has left."}).status_code == 409
    assert keeper.post(f"{address}/end/", {"expires_at": None, "reason": "Back."}).status_code == 409


def test_everybody_may_give_up_what_is_theirs_and_sees_nobody_elses(charlies, charlie, bob, radiology):
    own = give_grant(charlie, Job.RESEARCHER, radiology)
    others = Grant.objects.get(user=bob)
    assert charlies.post(f"/api/grants/{others.pk}/revoke/", {"reason": "Why not."}).status_code == 404
    assert charlies.post(f"/api/grants/{own.pk}/revoke/", {"reason": "Not needed."}).status_code == 200
    assert Grant.objects.get(user=bob).revoked_at is None


def test_a_grant_that_is_only_seen_is_not_revoked(bob, charlie, radiology):
    give_grant(bob, Job.COMPLIANCE_OFFICER, radiology)
    held = give_grant(charlie, Job.RESEARCHER, radiology)
    caller = Caller(bob)
    assert caller.get(f"/api/grants/{held.pk}/").status_code == 200
    assert caller.post(f"/api/grants/{held.pk}/revoke/", {"reason": "Why not."}).status_code == 403
