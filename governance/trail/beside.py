"""A question that the database answers while something else is done with it, of the same snapshot."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from django.db import connection, transaction
from psycopg import OperationalError

Answer = TypeVar("Answer")


@contextmanager
def asked_beside(ask: Callable[[], Answer]) -> Iterator[Callable[[], Answer]]:
    """Begin to `ask` in a thread and a connection of its own; what is given waits for the answer.

    The surrounding transaction is at least REPEATABLE READ, and its snapshot is the other's too. Whoever leaves without
    the answer, because of an error, has the database stop looking for it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
    begun: Future[Any] = Future()
    with ThreadPoolExecutor(1, "beside") as threads:
        found = threads.submit(_ask, ask, snapshot, begun)
        try:
            yield found.result
        finally:
            _stop(found, begun)


def _ask(ask: Callable[[], Answer], snapshot: str, begun: "Future[Any]") -> Answer:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            begun.set_result(connection.connection)
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET TRANSACTION SNAPSHOT %s", [snapshot])
            return ask()
    finally:
        if not begun.done():
            begun.set_result(None)
        # A thread's connection is its own, and nobody else would close it.
        connection.close()


def _stop(found: "Future[Any]", begun: "Future[Any]") -> None:
    """Cancel until it is over: between two statements there is nothing to cancel."""
    while not found.done() and (other := begun.result()) is not None:
        # Closed by its thread since it was looked at: then there is nothing to cancel either.
        with suppress(OperationalError):
            other.cancel_safe()
        wait([found], timeout=0.05)
