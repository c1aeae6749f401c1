"""The demo's access pages: somebody asked, somebody decided, a review is under way."""

import pytest

from catalog.actions.prepare_demo import prepare_demo
from catalog.synthesis.archive import COLLECTIONS
from governance.access import can
from governance.models import (
    AccessRequest,
    AccessReview,
    AuditEvent,
    Collection,
    Grant,
    LegalBasis,
    Role,
    User,
)
from governance.necessity import smallest_role
from governance.oversight import askable_collections, requests_waiting_for
from governance.permissions import Permission
from governance.personas import RESEARCH_CLAIMS

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(tmp_path) -> None:
    prepare_demo(tmp_path)


def test_a_request_waits_for_the_compliance_officer_who_is_told_of_a_lesser_role(demo):
    (waiting,) = requests_waiting_for(User.objects.get(username="compliance"))
    assert waiting.requester.username == "researcher"
    found = smallest_role(waiting.role, LegalBasis(waiting.legal_basis), Role.objects.all())
    assert found == Role.objects.get(is_builtin=False)


def test_one_request_was_approved_with_an_end_and_one_denied(demo):
    assert sorted(AccessRequest.objects.values_list("state", flat=True)) == ["approved", "denied", "open"]
    grant = Grant.objects.get(access_request__isnull=False)
    assert grant.expires_at is not None
    assert grant.user is not None
    assert can(grant.user, Permission.CATALOG_EXPORT, grant.collection)


def test_a_review_is_under_way_with_some_rows_decided(demo):
    rows = AccessReview.objects.get().rows
    assert 0 < rows.exclude(decision="").count() < rows.count()


def test_only_the_research_collections_are_listed_for_requests(demo):
    nobody = User.objects.create(username="nobody")
    assert list(askable_collections(nobody)) == list(Collection.objects.exclude(privacy_claim="identified"))


def test_a_demo_from_before_requests_is_listed_for_them_and_comes_to_life(tmp_path):
    """Migrating it left its Collections unlisted, and nobody has asked for anything."""
    for row in COLLECTIONS:
        Collection.objects.create(name=row["name"], privacy_claim=row["privacy_claim"])
    prepare_demo(tmp_path)
    listed = Collection.objects.filter(is_listed=True)
    researched = {row["name"] for row in COLLECTIONS if row["privacy_claim"] in RESEARCH_CLAIMS}
    assert set(listed.values_list("name", flat=True)) == researched
    assert AccessRequest.objects.count() == 3
    assert AuditEvent.objects.filter(event="collection.changed").count() == 2


def test_what_somebody_has_taken_off_the_list_stays_off_it(demo, tmp_path):
    Collection.objects.update(is_listed=False)
    prepare_demo(tmp_path)
    assert not Collection.objects.filter(is_listed=True).exists()


def test_a_second_start_of_the_demo_adds_nothing(demo, tmp_path):
    def counted() -> list[int]:
        return [model.objects.count() for model in (AccessRequest, AccessReview, Grant, Role)]

    before = counted()
    prepare_demo(tmp_path)
    assert counted() == before
