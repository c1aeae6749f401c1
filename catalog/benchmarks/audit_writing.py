"""How many events a second sixteen writers keep: sealed, plainly, and in a chain of hashes.

Once in transactions that last 5 ms, as those do that also change something, and once in transactions that hold nothing
but the event. An event lies somewhere in its transaction: what locks a chain's head then holds it for half of it.
"""

import multiprocessing
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing.synchronize import Barrier

from django.conf import settings
from django.db import connection, transaction

from catalog.benchmarks.audit_stores import STORES, Store, make_tables
from catalog.benchmarks.failure import BenchmarkFailed
from catalog.benchmarks.rounds import alternate
from governance.audit.origin import Channel, Origin, always
from governance.models import AuditCheckpoint

WRITERS = 16
# How long a transaction waits for its application and its other statements, by what is appended to a figure's name.
LASTING = {"": 0.005, "_bare": 0.0}
# The chain is slow, and as slow after few events as after many.
SHARE = {"sealed": 1.0, "plain": 1.0, "chain": 0.2, "chain_at_once": 0.2}
_LONGEST_SECONDS = 600.0
# New processes, each with a connection of its own, without starting Python sixteen times in every round.
_FORK = multiprocessing.get_context("fork")


def prepare(told: Sequence[str]) -> Callable[[], dict[str, list[float]]]:
    """Make the baselines' tables; `told` is the number of events and of rounds."""
    events, rounds = map(int, told)
    make_tables()
    return partial(_rounds, events, rounds)


def _rounds(events: int, rounds: int) -> dict[str, list[float]]:
    measures = {
        f"{name}{suffix}_per_s": partial(_rate, name, lasting, max(WRITERS, int(events * SHARE[name])))
        for suffix, lasting in LASTING.items()
        for name in STORES
    }
    with _sealer():
        return alternate(measures, rounds, _say)


def _rate(name: str, lasting: float, events: int) -> float:
    """Events a second from the common start until the last is durable, or sealed."""
    _wait_until(_nothing_pending)
    before = _sealed()
    connection.close()
    begin = _FORK.Barrier(WRITERS + 1)
    shares = [range(number, events, WRITERS) for number in range(WRITERS)]
    writers = [_FORK.Process(target=_write, args=(STORES[name], lasting, share, begin)) for share in shares]
    for writer in writers:
        writer.start()
    begin.wait(_LONGEST_SECONDS)
    began = time.perf_counter()
    for writer in writers:
        writer.join()
    if any(writer.exitcode for writer in writers):
        raise BenchmarkFailed("A writer ended before its events were kept; see its error above.")
    if name == "sealed":
        _wait_until(lambda: _sealed() >= before + events)
    return events / (time.perf_counter() - began)


def _write(store: Store, lasting: float, numbers: range, begin: Barrier) -> None:
    """One writer: connects, waits for the others, and keeps event after event, each in a transaction."""
    always(
        Origin(
            Channel.WEB,
            correlation="4f1c9a20b7de",
            address="10.20.30.40",
            credential="session:9f86d081884c7d65",
        )
    )
    connection.ensure_connection()
    begin.wait(_LONGEST_SECONDS)
    chance = random.Random(numbers.start)  # noqa: S311  the same in every run
    for number in numbers:
        before = lasting * chance.random()
        with transaction.atomic():
            time.sleep(before)
            store(number)
            time.sleep(lasting - before)
    connection.close()


@contextmanager
def _sealer() -> Iterator[None]:
    """The product's own sealer beside, as ./isocenter up runs it."""
    sealer = subprocess.Popen(
        [sys.executable, "manage.py", "audit", "seal", "--watch"], cwd=settings.BASE_DIR
    )
    try:
        yield
    finally:
        sealer.terminate()
        sealer.wait()


def _nothing_pending() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT NOT EXISTS (SELECT FROM governance_audit_pending)")
        return bool(cursor.fetchone()[0])


def _sealed() -> int:
    last = AuditCheckpoint.objects.last()
    return last.size if last else 0


def _wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _LONGEST_SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            raise BenchmarkFailed("The sealer did not seal what was written; see its error above.")
        time.sleep(0.01)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
