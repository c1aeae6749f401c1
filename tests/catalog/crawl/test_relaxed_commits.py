"""Commits wait for the disk again when the work of a crawl is over, however it ended."""

from contextlib import suppress

import pytest
from django.db import DatabaseError, connection, transaction

from catalog.actions import summarise
from catalog.actions.control_crawl import start_crawl
from catalog.actions.read_chunk import read_chunk
from catalog.actions.relaxed_commits import relaxed_commits
from catalog.actions.walk_crawl import walk_crawl
from catalog.models import Crawl


def setting() -> tuple[str, str]:
    """Its value, and where that comes from: the tests' server waits for no disk anyway."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setting, source FROM pg_settings WHERE name = 'synchronous_commit'")
        value, source = cursor.fetchone()
        return value, source


@pytest.mark.django_db(transaction=True)
def test_commits_wait_again_after_the_work():
    usual = setting()
    with relaxed_commits():
        assert setting() == ("off", "session")
    assert setting() == usual


@pytest.mark.django_db(transaction=True)
def test_commits_wait_again_after_a_failure():
    usual = setting()
    with pytest.raises(DatabaseError), relaxed_commits(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")
    assert setting() == usual


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_lost_meanwhile_is_not_a_second_failure():
    usual = setting()

    @relaxed_commits()
    def lose_the_connection() -> None:
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        raise RuntimeError("ours")

    with pytest.raises(RuntimeError, match="ours"):
        lose_the_connection()
    connection.close()
    assert setting() == usual


@pytest.mark.django_db(transaction=True)
def test_what_others_carry_away_is_on_the_disk_before_they_see_it(source):
    """Else a crash could give the number of a row that was carried away to another one."""
    seen = []
    crawl = start_crawl(source, actor=None)
    walk_crawl(crawl.pk)

    def look(execute, sql, *rest):
        answer = execute(sql, *rest)
        if "INSERT INTO catalog_indexchange" in sql:
            seen.append(setting())
        return answer

    usual = setting()
    with relaxed_commits():
        read_chunk(Crawl.objects.select_related("source").get(pk=crawl.pk))
        with connection.execute_wrapper(look):
            summarise.summarise_some()

    assert seen
    assert set(seen) == {usual}
