"""Collections over the API: made and changed as on the pages, and refused as there."""

import pytest

from governance.actions.give_grant import give_grant
from governance.models import AuditEvent, Collection, Role, User
from governance.permissions import Job, Permission
from tests.api.conftest import Caller


@pytest.fixture
def keeper(db, radiology) -> Caller:
    """Manages radiology, and nothing else."""
    user = User.objects.create(username="keeper")
    give_grant(user, Job.ADMINISTRATOR, radiology)
    return Caller(user)


def test_a_collection_is_made_and_found_where_its_address_says(alices, charlie):
    said = {"name": "Trials", "owner": "charlie", "privacy_claim": "limited", "is_listed": True}
    made = alices.post("/api/collections/", said)
    assert made.status_code == 201
    assert made.json() == made.json() | said | {"description": ""}
    assert alices.get(made["Location"]).json() == made.json()
    assert AuditEvent.objects.filter(event="collection.created").count() == 1


def test_only_what_is_said_of_a_collection_changes(keeper, radiology):
    Collection.objects.filter(pk=radiology.pk).update(description="As it was.", is_listed=True)
    answer = keeper.patch(f"/api/collections/{radiology.pk}/", {"name": "Radiology 2"})
    assert answer.status_code == 200
    radiology.refresh_from_db()
    assert (radiology.name, radiology.description, radiology.is_listed) == ("Radiology 2", "As it was.", True)
    assert keeper.patch(f"/api/collections/{radiology.pk}/", {"owner": "keeper"}).json()["owner"] == "keeper"
    assert keeper.patch(f"/api/collections/{radiology.pk}/", {"owner": None}).json()["owner"] is None


def test_whoever_manages_one_collection_makes_none_and_finds_no_other(keeper, research):
    assert keeper.post("/api/collections/", {"name": "Mine"}).status_code == 403
    hidden = keeper.patch(f"/api/collections/{research.pk}/", {"name": "Mine"})
    absent = keeper.patch("/api/collections/1000000000/", {"name": "Mine"})
    assert hidden.status_code == absent.status_code == 404
    assert not Collection.objects.filter(name="Mine").exists()


def test_whoever_only_reads_a_collection_does_not_change_it(keeper, research):
    give_grant(User.objects.get(username="keeper"), Job.RESEARCHER, research)
    assert keeper.get(f"/api/collections/{research.pk}/").status_code == 200
    assert keeper.patch(f"/api/collections/{research.pk}/", {"name": "Mine"}).status_code == 403


def test_whoever_manages_a_collection_that_they_may_not_read_changes_it(charlie, charlies, radiology):
    managing = Role.objects.create(
        slug="keepers", name="Keepers", permissions=[Permission.COLLECTION_MANAGE.value]
    )
    give_grant(charlie, managing, radiology)
    address = f"/api/collections/{radiology.pk}/"
    assert charlies.patch(address, {"description": "Kept."}).status_code == 200
    assert charlies.get(address).status_code == 403


def test_a_name_that_is_taken_or_empty_is_a_conflict(alices, radiology, research):
    assert alices.post("/api/collections/", {"name": "radiology"}).status_code == 409
    assert alices.post("/api/collections/", {"name": " "}).status_code == 409
    assert alices.patch(f"/api/collections/{research.pk}/", {"name": "RADIOLOGY"}).status_code == 409


@pytest.mark.parametrize(
    "said", [{"owner": "nobody"}, {"privacy_claim": "none"}, {"is_listed": 1}, {"created_at": "2020-01-01"}]
)
def test_a_collection_that_cannot_be_read_is_refused(said, alices):
    assert alices.post("/api/collections/", {"name": "Trials", **said}).status_code == 400
    assert not Collection.objects.exists()
