"""A question asked beside: of the same snapshot, over when its asker is, and with no connection left behind."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection, transaction

from governance.trail.beside import asked_beside
from tests.governance import trail

pytestmark = pytest.mark.django_db(transaction=True)


def count() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM governance_audit_event")
        return int(cursor.fetchone()[0])


def count_late() -> int:
    time.sleep(0.2)
    return count()


def sleep() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(60)")
        return True


def is_alone() -> bool:
    """Whether no other session is left, as soon as those that were closed are gone."""
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with connection.cursor() as cursor:
        for _attempt in range(100):
            cursor.execute(f"{others} AND backend_type = 'client backend'")
            if cursor.fetchone()[0] == 0:
                return True
            time.sleep(0.05)
    return False


@contextmanager
def snapshot() -> Iterator[None]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def test_the_answer_is_of_the_snapshot_of_whoever_asks(sealed):
    trail.write(3)
    with snapshot():
        assert count() == 3
        with asked_beside(count_late) as answer:
            assert answer() == 3
        with asked_beside(count) as answer:
            written_by_another(2)
            assert answer() == 3
    assert count() == 5


def test_an_error_of_the_asker_ends_the_question_at_once(sealed):
    began = time.monotonic()
    with pytest.raises(ZeroDivisionError), snapshot(), asked_beside(sleep):
        _ = 1 / 0
    assert time.monotonic() - began < 30
    assert is_alone()


def test_a_session_that_ends_while_it_is_cancelled_hides_no_error_of_the_asker(sealed, monkeypatch):
    def is_closed(_other: psycopg.Connection) -> None:
        raise psycopg.OperationalError("the connection is closed")

    monkeypatch.setattr(psycopg.Connection, "cancel_safe", is_closed)
    with pytest.raises(ZeroDivisionError), snapshot(), asked_beside(count_late):
        _ = 1 / 0
    assert is_alone()


def test_an_error_of_the_question_is_the_askers(sealed):
    with pytest.raises(ZeroDivisionError), snapshot(), asked_beside(lambda: 1 / 0) as answer:
        answer()
    assert is_alone()


def written_by_another(number: int) -> None:
    """Events that are committed in another session."""

    def write() -> None:
        trail.write(number)
        connection.close()

    other = threading.Thread(target=write)
    other.start()
    other.join()
