"""Read what is new in one chunk of a crawl, and store it in one transaction."""

import time
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from catalog.actions.compare_chunk import compare_chunk
from catalog.actions.reading import Candidate, Failure, Reading, ReadObject
from catalog.actions.store_chunk import store_chunk
from catalog.actions.walk_crawl import pause_for
from catalog.dicom import Cause, LayoutMemory, Unreadable, read_object
from catalog.models import Chunk, Crawl
from catalog.sources import OpenObject, Place, SourceUnreachable, open_place

# A file that is still being written is looked at again this often before it is quarantined.
MOST_ROUNDS = 5
# Headers of one chunk that are held in memory at a time; files beyond it are handed on to the next chunk.
MOST_BYTES_HELD = 32 * 1024 * 1024


def read_chunk(crawl: Crawl) -> bool:
    """Claim the next chunk of a running crawl and work it off; False when there is none to claim."""
    chunk = Chunk.objects.claim_next(crawl.pk, at=timezone.now(), seconds=settings.CHUNK_LEASE_SECONDS)
    if chunk is None:
        return False
    try:
        place = open_place(crawl.source.kind, crawl.source.location)
        comparison = compare_chunk(chunk, crawl.source)
        reading = _read(place, comparison.candidates, Heartbeat(chunk), last_round=chunk.round >= MOST_ROUNDS)
        place.check()
    except SourceUnreachable as error:
        Chunk.objects.filter(id=chunk.pk, attempt=chunk.attempt).update(
            state=Chunk.State.PENDING, lease_until=None
        )
        pause_for(crawl, str(error))
        return False
    store_chunk(crawl, chunk, comparison, reading)
    return True


class Heartbeat:
    """Keeps a chunk's lease while its files are read, however slow the disk."""

    def __init__(self, chunk: Chunk) -> None:
        self._chunk = chunk
        self._next = time.monotonic() + settings.CHUNK_LEASE_SECONDS / 4

    def __call__(self) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + settings.CHUNK_LEASE_SECONDS / 4
        until = timezone.now() + timedelta(seconds=settings.CHUNK_LEASE_SECONDS)
        Chunk.objects.filter(id=self._chunk.pk, attempt=self._chunk.attempt).update(lease_until=until)


def _read(
    place: Place, candidates: list[Candidate], heartbeat: Callable[[], None], *, last_round: bool
) -> Reading:
    reading = Reading()
    memory = LayoutMemory()
    youngest = time.time_ns() - settings.QUIET_SECONDS * 1_000_000_000
    for position, candidate in enumerate(candidates):
        heartbeat()
        if reading.bytes_held > MOST_BYTES_HELD:
            reading.postponed = candidates[position:]
            break
        try:
            with place.open(candidate.locator) as opened:
                _read_one(reading, candidate, opened, memory, None if last_round else youngest)
        except FileNotFoundError:
            # One file or the whole disk? The place is checked again before anything is stored.
            reading.vanished.append(candidate)
        except OSError as error:
            reading.failures.append(_refused_by_the_system(candidate, error))
    return reading


def _read_one(
    reading: Reading, candidate: Candidate, opened: OpenObject, memory: LayoutMemory, youngest: int | None
) -> None:
    """Read one open file; one that changed a moment ago may be half written and has to wait."""
    if youngest is not None and opened.mtime_ns > youngest:
        reading.deferred.append(candidate)
        return
    seen = candidate.seen_as(opened)
    try:
        found = read_object(opened, memory)
    except Unreadable as error:
        cause = (
            Cause.STILL_GROWING
            if opened.mtime_ns > time.time_ns() - settings.QUIET_SECONDS * 1_000_000_000
            else error.cause
        )
        reading.failures.append(Failure(seen, cause, error.detail))
        return
    reading.objects.append(ReadObject(seen, found))
    reading.bytes_held += found.held_bytes


def _refused_by_the_system(candidate: Candidate, error: OSError) -> Failure:
    cause = Cause.PERMISSION_DENIED if isinstance(error, PermissionError) else Cause.IO_ERROR
    return Failure(candidate, cause, error.strerror or "")
