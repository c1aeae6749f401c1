"""Commits that do not wait for the disk, for work that is found and done again when its end was lost."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import Error, connection


@contextmanager
def relaxed_commits() -> Iterator[None]:
    """Let commits return before they are on the disk (PostgreSQL manual, "Asynchronous Commit").

    A crash of the database takes the latest of them, in their order: rows and the state that tells of them
    are lost together, and the crawl does that part again. With an answer owed to a person, do not use it; nor for
    what is carried out of the database, because numbers given to lost rows are given again: who reads the outbox makes
    a commit of its own that waits, before it acts.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    try:
        yield
    finally:
        # Of a connection that was lost, or a transaction that failed, nothing is left to be set back.
        with suppress(Error), connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")
