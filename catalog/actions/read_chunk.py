"""Read what is new in one chunk of a crawl, and store it in one transaction."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from catalog.actions.compare_chunk import compare_chunk
from catalog.actions.confinement import place_of
from catalog.actions.heartbeat import Heartbeat
from catalog.actions.read_files import read_files
from catalog.actions.reading import Candidate, Failure, Reading
from catalog.actions.store_chunk import store_chunk
from catalog.actions.walk_crawl import pause_for
from catalog.dicom import Cause
from catalog.models import Chunk, Crawl
from catalog.sources import Place, SourceUnreachable

# Chunks that so many workers did not survive are cut in halves, down to the one file that kills them.
MOST_ATTEMPTS = 5


def read_chunk(crawl: Crawl) -> bool:
    """Claim the next chunk of a running crawl and work it off; False when there is none to claim."""
    chunk = Chunk.objects.claim_next(crawl.pk, at=timezone.now(), seconds=settings.CHUNK_LEASE_SECONDS)
    if chunk is None:
        return False
    try:
        with _nothing_collected():
            _work_off(crawl, chunk)
    except SourceUnreachable as error:
        _hand_back(chunk, blameless=True)
        pause_for(crawl, str(error))
        return False
    except Exception as error:
        # What failed may be passing (a deadlock, a database that restarts): nobody need wait for the lease.
        _hand_back(chunk, blameless=_is_of_the_database(error))
        raise
    return True


def _is_of_the_database(error: Exception) -> bool:
    """Whether the database was at fault, or away, and not some value: beyond its limits is SQLSTATE class 54."""
    state = getattr(error.__cause__, "sqlstate", None) or ""
    return isinstance(error, OperationalError | InterfaceError) and not state.startswith("54")


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Keep the collector of cycles away from the elements of a chunk: they form none, and it would look at them
    again and again, for a fifth of the time where every file is a series of its own.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _work_off(crawl: Crawl, chunk: Chunk) -> None:
    place = place_of(crawl.source)
    comparison = compare_chunk(chunk, crawl.source)
    reading = _read(place, chunk, comparison.candidates)
    place.check(crawl.identity)
    store_chunk(crawl, chunk, comparison, reading)


def _read(place: Place, chunk: Chunk, candidates: list[Candidate]) -> Reading:
    """Read the files of a chunk; one that keeps killing workers is cut in halves until the culprit is alone."""
    if chunk.attempt <= MOST_ATTEMPTS or not candidates:
        return read_files(place, candidates, _heartbeat(chunk), round_=chunk.round)
    if len(candidates) == 1:
        detail = f"{chunk.attempt - 1} workers were lost while they read it."
        return Reading(failures=[Failure(candidates[0], Cause.KILLED_ITS_READER, detail)])
    half = len(candidates) // 2
    return Reading(postponed=[candidates[:half], candidates[half:]])


def _hand_back(chunk: Chunk, *, blameless: bool) -> None:
    """Let another worker have the chunk at once; when the database is away, the lease's end does the same.

    A disk or a database that went away is no fault of the chunk's files, and does not count against them.
    """
    Chunk.objects.filter(id=chunk.pk, attempt=chunk.attempt, state=Chunk.State.RUNNING).update(
        state=Chunk.State.PENDING, lease_until=None, attempt=chunk.attempt - (1 if blameless else 0)
    )


def _heartbeat(chunk: Chunk) -> Heartbeat:
    ours = Chunk.objects.filter(id=chunk.pk, attempt=chunk.attempt)
    return Heartbeat(lambda end: ours.update(lease_until=end))
