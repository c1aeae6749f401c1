"""Lenses that run out: each is told of in the trail once, with the moment at which it ended."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from psycopg.errors import CheckViolation

from governance.actions.close_lens import ClosedBy, close_lenses
from governance.actions.end_lenses import end_lenses
from governance.audit.events import Event
from governance.models import AuditEvent, Lens, User
from governance.tasks import end_lenses as task

pytestmark = pytest.mark.django_db


def opened(user: User, collection, *, ago: timedelta, number: int = 1) -> list[Lens]:
    """Lenses of a quarter of an hour that were opened so long ago."""
    begin = timezone.now() - ago
    return Lens.objects.bulk_create(
        Lens(
            user=user,
            credential="token:1",
            purpose="quality",
            scope="study",
            scope_id=1,
            collection=collection,
            opened_at=begin,
            closes_at=begin + timedelta(minutes=15),
        )
        for _each in range(number)
    )


def closings() -> list[dict]:
    return [event.told for event in AuditEvent.objects.filter(event=Event.LENS_CLOSED).order_by("id")]


def test_a_lens_that_ran_out_is_told_of_once_with_its_real_end(bob, radiology):
    (lens,) = opened(bob, radiology, ago=timedelta(hours=3))
    task()
    task()
    (told,) = closings()
    assert told["actor"]["kind"] == "system"
    assert f"user:{bob.pk}" in told["objects"]
    assert told["detail"] == {
        "cause": "ran out",
        "ended": lens.closes_at.isoformat(timespec="seconds"),
        "seconds": 900,
    }
    lens.refresh_from_db()
    assert lens.closed_at == lens.closes_at


def test_a_lens_that_is_open_or_was_closed_before_is_left_alone(bob, radiology):
    opened(bob, radiology, ago=timedelta(minutes=1))
    assert end_lenses() == 0
    close_lenses(bob, by=ClosedBy.ASKED, actor=bob)
    Lens.objects.update(closes_at=timezone.now())
    assert end_lenses() == 0
    assert [told["detail"]["cause"] for told in closings()] == ["closed"]


def test_what_fails_while_lenses_end_is_done_again_and_nothing_twice(bob, radiology):
    opened(bob, radiology, ago=timedelta(hours=1), number=3)
    refusing = (
        "ALTER TABLE governance_audit_event ADD CONSTRAINT full_disk CHECK (event <> 'lens.closed') NOT VALID"
    )
    with connection.cursor() as cursor:
        cursor.execute(refusing)
    with pytest.raises(CheckViolation, match="full_disk"), transaction.atomic():
        end_lenses()
    assert not Lens.objects.exclude(closed_at=None).exists()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE governance_audit_event DROP CONSTRAINT full_disk")
    assert end_lenses() == 3
    assert end_lenses() == 0
    assert len(closings()) == 3


def test_many_lenses_end_with_as_few_questions_as_one(bob, radiology):
    opened(bob, radiology, ago=timedelta(hours=1))
    with CaptureQueriesContext(connection) as few:
        end_lenses()
    opened(bob, radiology, ago=timedelta(hours=1), number=50)
    with CaptureQueriesContext(connection) as many:
        assert end_lenses() == 50
    assert len(many) == len(few)


def test_a_backlog_is_worked_off_in_parts_and_by_the_task_at_once(bob, radiology, monkeypatch):
    opened(bob, radiology, ago=timedelta(hours=1), number=5)
    assert end_lenses(batch=2) == 2
    monkeypatch.setattr("governance.actions.end_lenses.BATCH", 2)
    task()
    assert len(closings()) == 5


# Its events are committed: `sealed` takes them away afterwards, or other tests would count them.
@pytest.mark.usefixtures("sealed")
@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_killed_leaves_its_lenses_to_the_next(bob, radiology):
    opened(bob, radiology, ago=timedelta(hours=1), number=2)
    before = len(closings())

    class Killed(BaseException):
        pass

    def killed_at_the_last_moment() -> None:
        with transaction.atomic():
            assert end_lenses() == 2
            raise Killed

    with pytest.raises(Killed):
        killed_at_the_last_moment()
    assert len(closings()) == before
    assert end_lenses() == 2
    assert len(closings()) == before + 2
