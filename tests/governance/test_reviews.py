"""Reviews: rows as they were found, decisions that are carried out, and none about oneself."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from governance.access import can
from governance.actions.close_review import close_review
from governance.actions.decide_review_row import decide_review_row
from governance.actions.give_grant import give_grant
from governance.actions.keep_review_rows import keep_review_rows
from governance.actions.refusals import Refused
from governance.actions.revoke_grant import revoke_grant
from governance.actions.start_review import start_review
from governance.audit.events import Event
from governance.models import AccessReview, AuditEvent, Collection, Grant, ReviewRow, Role, User
from governance.permissions import Job, Permission
from governance.tempo import tempo_of

pytestmark = pytest.mark.django_db
Decision = ReviewRow.Decision
READ = Permission.CATALOG_READ


def asked_anew(user: User) -> User:
    return User.objects.get(pk=user.pk)


def events(event: Event) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(event=event.value).order_by("id"))


def begin(actor: User, collection: Collection | None = None) -> AccessReview:
    return start_review("Autumn", actor=actor, due_on=timezone.localdate(), collection=collection)


def row_of(review: AccessReview, user: User) -> ReviewRow:
    return ReviewRow.objects.get(review=review, grant__user=user)


@pytest.fixture
def olivia(db) -> User:
    user = User.objects.create(username="olivia")
    give_grant(user, Job.COMPLIANCE_OFFICER)
    return user


@pytest.fixture
def review(olivia, bob, radiology) -> AccessReview:
    return begin(olivia, radiology)


def test_a_review_holds_every_grant_in_force_there_with_its_last_use(
    olivia, bob, charlie, radiology, research
):
    used = timezone.now() - timedelta(days=3)
    Grant.objects.filter(user=bob).update(last_used_at=used)
    give_grant(charlie, Job.RESEARCHER, research)
    ended = give_grant(charlie, Job.RESEARCHER, radiology)
    revoke_grant(ended, actor=None, reason="Over")
    review = begin(olivia, radiology)
    assert [(row.grant.user, row.last_used_at) for row in review.rows.all()] == [(bob, used)]
    Grant.objects.filter(user=bob).update(last_used_at=timezone.now())
    assert row_of(review, bob).last_used_at == used


def test_a_review_of_everything_holds_what_is_given_on_all_collections_too(olivia, alice, bob):
    assert {row.grant.user for row in begin(olivia).rows.all()} == {olivia, alice, bob}


def test_only_whoever_reviews_there_starts_a_review(alice, bob, charlie, radiology, research):
    give_grant(charlie, Job.COMPLIANCE_OFFICER, radiology)
    begin(charlie, radiology)
    for actor, place in ((alice, radiology), (bob, radiology), (charlie, research), (charlie, None)):
        with pytest.raises(PermissionDenied):
            begin(actor, place)


def test_a_review_that_would_hold_nothing_or_is_over_is_not_started(olivia, research):
    with pytest.raises(Refused):
        begin(olivia, research)
    with pytest.raises(Refused):
        start_review("Late", actor=olivia, due_on=timezone.localdate() - timedelta(days=1))


def test_keeping_changes_no_access(olivia, bob, radiology, review):
    assert decide_review_row(row_of(review, bob), Decision.KEEP, actor=olivia)
    assert can(asked_anew(bob), READ, radiology)
    assert [event.told["detail"]["decision"] for event in events(Event.REVIEW_DECIDED)] == ["keep"]


def test_revoking_ends_the_grant_at_once(olivia, bob, radiology, review):
    assert decide_review_row(row_of(review, bob), Decision.REVOKE, actor=olivia, reason="Left")
    assert not can(asked_anew(bob), READ, radiology)
    assert len(events(Event.GRANT_REVOKED)) == 1


def test_reducing_gives_the_lesser_role_until_the_same_end(olivia, bob, radiology):
    end = timezone.now() + timedelta(days=20)
    Grant.objects.filter(user=bob).update(expires_at=end)
    row = row_of(begin(olivia, radiology), bob)
    lesser = Role.objects.get(slug=Job.RESEARCHER)
    assert decide_review_row(row, Decision.REDUCE, actor=olivia, reason="Reads only", role=lesser)
    row.refresh_from_db()
    assert (row.reduced_to, row.replacement.role, row.replacement.expires_at) == (lesser, lesser, end)
    assert can(asked_anew(bob), READ, radiology)
    assert not can(asked_anew(bob), Permission.CRAWL_CONTROL, radiology)


def test_reducing_never_gives_more(olivia, bob, review):
    for role in (Role.objects.get(slug=Job.ADMINISTRATOR), Role.objects.get(slug=Job.DATA_STEWARD), None):
        with pytest.raises(Refused):
            decide_review_row(row_of(review, bob), Decision.REDUCE, actor=olivia, reason="Hm", role=role)
    assert row_of(review, bob).decision == ""


@pytest.mark.parametrize("decision", [Decision.REDUCE, Decision.REVOKE])
def test_what_changes_access_needs_a_reason(decision, olivia, bob, review):
    with pytest.raises(Refused):
        decide_review_row(row_of(review, bob), decision, actor=olivia, reason=" ")


def test_nobody_reviews_their_own_access_nor_that_of_a_group_of_theirs(olivia, bob, radiology):
    group = Group.objects.create(name="Officers")
    group.user_set.add(olivia)
    give_grant(group, Job.RESEARCHER, radiology)
    review = begin(olivia)
    rows = [row_of(review, olivia), ReviewRow.objects.get(review=review, grant__group=group)]
    for row in rows:
        with pytest.raises(PermissionDenied):
            decide_review_row(row, Decision.KEEP, actor=olivia)
    kept = keep_review_rows(review, [row.pk for row in review.rows.all()], actor=olivia, reason="Fine")
    assert kept == 1  # Bob's
    assert {row.pk for row in review.rows.undecided()} == {row.pk for row in rows}


def test_whoever_gave_a_grant_may_review_it_and_the_trail_says_that_they_did(olivia, charlie, radiology):
    User.objects.filter(pk=charlie.pk).update(username="dora")
    grant = give_grant(charlie, Job.RESEARCHER, radiology, actor=olivia, permission=Permission.ACCESS_APPROVE)
    row = ReviewRow.objects.get(review=begin(olivia, radiology), grant=grant)
    decide_review_row(row, Decision.KEEP, actor=olivia)
    assert events(Event.REVIEW_DECIDED)[0].told["detail"]["gave_it"] is True


def test_a_row_is_decided_once(olivia, bob, radiology, review):
    row = row_of(review, bob)
    decide_review_row(row, Decision.KEEP, actor=olivia)
    assert not decide_review_row(row, Decision.REVOKE, actor=olivia, reason="No")
    assert can(asked_anew(bob), READ, radiology)


def test_keeping_many_at_once_needs_a_reason_and_is_written_down_row_by_row(olivia, bob, charlie, radiology):
    give_grant(charlie, Job.RESEARCHER, radiology)
    review = begin(olivia, radiology)
    ids = [row.pk for row in review.rows.all()]
    with pytest.raises(Refused):
        keep_review_rows(review, ids, actor=olivia, reason="  ")
    assert keep_review_rows(review, ids, actor=olivia, reason="All at work") == 2
    assert keep_review_rows(review, ids, actor=olivia, reason="Again") == 0
    assert len(events(Event.REVIEW_DECIDED)) == 2


def test_rows_of_another_review_are_not_kept_with_this_one(olivia, bob, review, radiology):
    other = begin(olivia, radiology)
    ids = [row.pk for row in other.rows.all()]
    assert keep_review_rows(review, ids, actor=olivia, reason="Fine") == 0


def test_a_review_closes_when_every_row_is_decided_and_says_how_many_are_not(olivia, bob, review):
    with pytest.raises(Refused, match="1 row is still undecided"):
        close_review(review, actor=olivia)
    decide_review_row(row_of(review, bob), Decision.KEEP, actor=olivia)
    assert close_review(review, actor=olivia)
    assert not close_review(review, actor=olivia)
    assert events(Event.REVIEW_CLOSED)[0].told["detail"] == {"keep": 1}


def test_decisions_that_follow_each_other_at_once_are_called_hasty(olivia, bob, alice, review, radiology):
    assert tempo_of(review).median is None
    grants = [give_grant(User.objects.create(username=f"u{n}"), Job.RESEARCHER, radiology) for n in range(3)]
    review = begin(olivia, radiology)
    start = timezone.now()
    for number, grant in enumerate(grants):
        at = start + timedelta(seconds=number)
        review.rows.filter(grant=grant).update(decision="keep", decided_by=olivia, decided_at=at)
    assert tempo_of(review).median == pytest.approx(1.0)
    assert tempo_of(review).is_hasty
    review.rows.filter(grant=grants[2]).update(decided_at=start + timedelta(seconds=31))
    assert not tempo_of(review).is_hasty
