"""Requests for access: who may ask for what, who decides, and that an approval is the grant."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from governance.access import can
from governance.actions.change_grant_end import change_grant_end
from governance.actions.decide_request import approve_request, deny_request
from governance.actions.end_grants import end_grants
from governance.actions.give_grant import give_grant
from governance.actions.refusals import Refused
from governance.actions.request_access import request_access
from governance.actions.withdraw_request import withdraw_request
from governance.audit.events import Event
from governance.duties import duties_broken_by
from governance.models import AccessRequest, AuditEvent, Collection, Grant, LegalBasis, Role, User
from governance.necessity import smallest_role
from governance.oversight import askable_collections, requests_waiting_for
from governance.permissions import Job, Permission

pytestmark = pytest.mark.django_db
READ = Permission.CATALOG_READ


def role(job: Job) -> Role:
    return Role.objects.get(slug=job)


def asked_anew(user: User) -> User:
    return User.objects.get(pk=user.pk)


def events(event: Event) -> int:
    return AuditEvent.objects.filter(event=event.value).count()


def officer(name: str, collection: Collection | None = None) -> User:
    user = User.objects.create(username=name)
    give_grant(user, Job.COMPLIANCE_OFFICER, collection)
    return user


def ask(user: User, collection: Collection, job: Job = Job.DATA_STEWARD, **told: object) -> AccessRequest:
    said = {"purpose": "Count lungs", "legal_basis": LegalBasis.WAIVER, "days": 30, **told}
    return request_access(user, role(job), collection, **said)  # type: ignore[arg-type]


@pytest.fixture
def listed(radiology) -> Collection:
    Collection.objects.filter(pk=radiology.pk).update(is_listed=True)
    radiology.refresh_from_db()
    return radiology


@pytest.fixture
def olivia(db, radiology) -> User:
    return officer("olivia", radiology)


# --- asking -----------------------------------------------------------------------------------------


def test_whoever_may_do_nothing_can_ask_for_what_is_listed_and_holds_nothing_yet(charlie, listed):
    request = ask(charlie, listed)
    assert request.state == AccessRequest.State.OPEN
    assert not can(asked_anew(charlie), READ, listed)
    assert events(Event.REQUEST_MADE) == 1


def test_a_collection_that_is_not_listed_does_not_exist_to_whoever_asks(charlie, radiology):
    assert list(askable_collections(charlie)) == []
    with pytest.raises(Refused, match="no such collection"):
        ask(charlie, radiology)


def test_whoever_holds_something_there_may_ask_for_more(bob, radiology, research):
    assert list(askable_collections(bob)) == [radiology]
    assert ask(bob, radiology, Job.ADMINISTRATOR).pk


@pytest.mark.parametrize("told", [{"days": 0}, {"days": 367}, {"purpose": "  "}])
def test_a_request_says_for_what_and_for_at_most_a_year(told, charlie, listed):
    with pytest.raises(Refused):
        ask(charlie, listed, **told)


def test_the_same_is_asked_for_once_at_a_time(charlie, listed):
    first = ask(charlie, listed)
    with pytest.raises(Refused, match="already"):
        ask(charlie, listed)
    withdraw_request(first, actor=charlie)
    assert ask(charlie, listed).pk != first.pk


def test_an_ended_account_asks_for_nothing(charlie, listed):
    charlie.active_until = timezone.now() - timedelta(seconds=1)
    with pytest.raises(PermissionDenied):
        ask(charlie, listed)


def test_an_auditors_account_may_ask_as_others_do(charlie, olivia, listed):
    User.objects.filter(pk=charlie.pk).update(kind=User.Kind.AUDITOR)
    assert approve_request(ask(asked_anew(charlie), listed, Job.RESEARCHER), approver=olivia)
    assert can(asked_anew(charlie), READ, listed)


# --- deciding ---------------------------------------------------------------------------------------


def test_an_approval_is_the_grant_with_its_approver_reason_and_end(charlie, olivia, listed):
    request = ask(charlie, listed)
    grant = approve_request(request, approver=olivia)
    assert grant is not None
    assert (grant.user, grant.approver, grant.given_by) == (charlie, olivia, olivia)
    assert grant.reason == "Count lungs"
    assert grant.expires_at is not None
    assert abs(grant.expires_at - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)
    assert can(asked_anew(charlie), READ, listed)
    request.refresh_from_db()
    assert (request.state, request.grant, request.decided_by) == ("approved", grant, olivia)
    assert (events(Event.REQUEST_APPROVED), olivia.pk) == (1, request.decided_by_id)


def test_what_was_approved_ends_by_itself(charlie, olivia, listed):
    grant = approve_request(ask(charlie, listed), approver=olivia)
    past = timezone.now() - timedelta(seconds=1)
    Grant.objects.filter(pk=grant.pk).update(starts_at=past - timedelta(days=1), expires_at=past)
    assert not can(asked_anew(charlie), READ, listed)
    assert end_grants() == 1


def test_an_approver_may_give_less_and_never_more(charlie, olivia, listed):
    request = ask(charlie, listed)
    for more in ({"days": 31}, {"days": 0}, {"role": role(Job.ADMINISTRATOR)}):
        with pytest.raises(Refused):
            approve_request(request, approver=olivia, **more)
    grant = approve_request(request, approver=olivia, role=role(Job.RESEARCHER), days=3)
    assert grant.role == role(Job.RESEARCHER)
    assert grant.expires_at is not None
    assert grant.expires_at < timezone.now() + timedelta(days=4)


def test_nobody_approves_or_denies_their_own_request(olivia, listed):
    request = ask(olivia, listed, Job.ADMINISTRATOR)
    for decide in (
        lambda: approve_request(request, approver=olivia),
        lambda: deny_request(request, approver=olivia, reason="No"),
    ):
        with pytest.raises(PermissionDenied):
            decide()
    assert list(requests_waiting_for(olivia)) == []


def test_the_database_refuses_a_request_that_is_approved_by_its_maker(charlie, listed):
    request = ask(charlie, listed)
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessRequest.objects.filter(pk=request.pk).update(state="approved", decided_by=charlie)


def test_only_whoever_approves_there_decides(alice, bob, charlie, listed, research):
    request = ask(charlie, listed)
    for other in (alice, bob, officer("elsewhere", research)):
        with pytest.raises(PermissionDenied):
            approve_request(request, approver=other)
        with pytest.raises(PermissionDenied):
            deny_request(request, approver=other, reason="No")
        assert list(requests_waiting_for(other)) == []


def test_an_approver_gives_nothing_past_a_request(charlie, olivia, listed):
    with pytest.raises(PermissionDenied):
        give_grant(charlie, Job.RESEARCHER, listed, actor=olivia)


def test_a_denial_gives_nothing_and_says_why(charlie, olivia, listed):
    request = ask(charlie, listed)
    with pytest.raises(Refused):
        deny_request(request, approver=olivia, reason=" ")
    assert deny_request(request, approver=olivia, reason="No protocol")
    request.refresh_from_db()
    assert (request.state, request.decision_reason) == ("denied", "No protocol")
    assert not Grant.objects.filter(user=charlie).exists()


def test_what_is_decided_stays_decided(charlie, olivia, listed):
    request = ask(charlie, listed)
    deny_request(request, approver=olivia, reason="No protocol")
    assert approve_request(request, approver=olivia) is None
    assert not deny_request(request, approver=olivia, reason="Again")
    assert not withdraw_request(request, actor=charlie)
    assert not Grant.objects.filter(user=charlie).exists()
    assert events(Event.REQUEST_DENIED) == 1


def test_only_its_maker_withdraws_a_request(charlie, olivia, listed):
    with pytest.raises(PermissionDenied):
        withdraw_request(ask(charlie, listed), actor=olivia)


def test_nothing_is_given_to_an_account_that_has_ended_meanwhile(charlie, olivia, listed):
    request = ask(charlie, listed)
    User.objects.filter(pk=charlie.pk).update(is_active=False)
    with pytest.raises(Refused):
        approve_request(AccessRequest.objects.get(pk=request.pk), approver=olivia)
    assert not Grant.objects.filter(user=charlie).exists()


def at_once(*jobs: Callable[[], object]) -> list[object]:
    """Do things in threads that begin together, each with a connection of its own."""
    barrier = Barrier(len(jobs))

    def run(job: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@pytest.mark.django_db(transaction=True)
def test_two_approvers_at_once_give_one_grant(charlie, listed):
    deciders = [officer("olivia", listed), officer("oscar", listed)]
    request = ask(charlie, listed)
    before = events(Event.REQUEST_APPROVED)  # nothing takes out of the trail what another test committed

    def approve(user: User) -> Callable[[], object]:
        return lambda: approve_request(AccessRequest.objects.get(pk=request.pk), approver=user)

    given = at_once(*(approve(user) for user in deciders))
    assert sorted(grant is None for grant in given) == [False, True]
    assert Grant.objects.filter(user=charlie).count() == 1
    assert events(Event.REQUEST_APPROVED) == before + 1


# --- the minimum necessary, duties, ends --------------------------------------------------------------


@pytest.mark.parametrize(
    ("job", "basis", "enough"),
    [
        (Job.DATA_STEWARD, LegalBasis.PREPARATORY, Job.RESEARCHER),
        # No role exports and does nothing else, among those that are built in and allow less than a steward.
        (Job.DATA_STEWARD, LegalBasis.DEIDENTIFIED, None),
        # What operating needs differs from job to job.
        (Job.DATA_STEWARD, LegalBasis.OPERATIONS, None),
        # It is the smallest already.
        (Job.RESEARCHER, LegalBasis.PREPARATORY, None),
        # An auditor holds all that an export of de-identified data needs, and nothing less does.
        (Job.COMPLIANCE_OFFICER, LegalBasis.DEIDENTIFIED, Job.AUDITOR),
        (Job.DATA_STEWARD, LegalBasis.WAIVER, None),
    ],
)
def test_the_smallest_role_that_covers_the_basis_is_suggested(job, basis, enough):
    found = smallest_role(role(job), basis, Role.objects.all())
    assert (found.slug if found else None) == enough


def test_a_custom_role_is_suggested_where_it_is_the_smallest():
    Role.objects.create(slug="taker", name="Taker", permissions=["catalog:read", "catalog:export"])
    found = smallest_role(role(Job.DATA_STEWARD), LegalBasis.DEIDENTIFIED, Role.objects.all())
    assert found.slug == "taker"


def test_duties_that_a_role_would_join_are_told_before_it_is_given(charlie, radiology, research):
    give_grant(charlie, Job.ADMINISTRATOR, radiology)
    broken = duties_broken_by(charlie, role(Job.COMPLIANCE_OFFICER), radiology)
    assert (Permission.ACCESS_MANAGE, Permission.ACCESS_APPROVE) in [duty[:2] for duty in broken]
    assert duties_broken_by(charlie, role(Job.COMPLIANCE_OFFICER), research) == []
    give_grant(charlie, Job.COMPLIANCE_OFFICER, radiology)
    assert duties_broken_by(charlie, role(Job.COMPLIANCE_OFFICER), radiology) == []


def test_an_end_is_moved_with_a_reason_and_told_in_the_trail(alice, charlie, radiology):
    grant = give_grant(charlie, Job.RESEARCHER, radiology, expires_at=timezone.now() + timedelta(days=1))
    later = timezone.now() + timedelta(days=9)
    with pytest.raises(Refused):
        change_grant_end(grant, actor=alice, expires_at=later, reason="")
    assert change_grant_end(grant, actor=alice, expires_at=later, reason="Still needed")
    grant.refresh_from_db()
    assert grant.expires_at == later
    assert events(Event.GRANT_CHANGED) == 1
    with pytest.raises(Refused):
        change_grant_end(grant, actor=alice, expires_at=timezone.now(), reason="Now")


def test_what_is_over_is_not_made_longer(alice, charlie, radiology):
    grant = give_grant(charlie, Job.RESEARCHER, radiology)
    past = timezone.now() - timedelta(seconds=1)
    Grant.objects.filter(pk=grant.pk).update(starts_at=past - timedelta(days=1), expires_at=past)
    assert not change_grant_end(grant, actor=alice, expires_at=None, reason="Again")


def test_nobody_makes_their_own_access_longer(charlie, bob, radiology):
    own = give_grant(charlie, Job.ADMINISTRATOR, radiology, expires_at=timezone.now() + timedelta(days=1))
    for actor in (charlie, bob):
        with pytest.raises(PermissionDenied):
            change_grant_end(own, actor=actor, expires_at=None, reason="Longer")
