"""Read the files of a chunk, one after the other; what is wrong with one never stops the next."""

import time
from collections.abc import Callable

from django.conf import settings

from catalog.actions.reading import Candidate, Failure, Reading, ReadObject
from catalog.dicom import Cause, LayoutMemory, RawObject, Unreadable, read_object
from catalog.sources import OpenObject, Place

# A file that is still being written is looked at again this often; after that it is quarantined.
MOST_ROUNDS = 5
# Headers of one chunk that are held in memory at a time; files beyond it are handed on to the next chunk.
MOST_BYTES_HELD = 32 * 1024 * 1024


def read_files(
    place: Place, candidates: list[Candidate], heartbeat: Callable[[], None], *, round_: int
) -> Reading:
    """Read the header of every candidate; `round_` says how often the files have been put off already."""
    reader = _Reader(place, may_defer=round_ < MOST_ROUNDS)
    for position, candidate in enumerate(candidates):
        heartbeat()
        if reader.reading.bytes_held > MOST_BYTES_HELD:
            reader.reading.postponed = [candidates[position:]]
            break
        reader.read(candidate)
    return reader.reading


def _may_be_half_written(opened: OpenObject) -> bool:
    """Tell whether a file changed a moment ago; a date in the future is a wrong clock, not a writer at work."""
    age = time.time_ns() - opened.mtime_ns
    return 0 <= age < settings.QUIET_SECONDS * 1_000_000_000


class _Reader:
    """Reads files of one place and sorts them by what became of them."""

    def __init__(self, place: Place, *, may_defer: bool) -> None:
        self.reading = Reading()
        self._place = place
        self._may_defer = may_defer
        self._memory = LayoutMemory()

    def read(self, candidate: Candidate) -> None:
        try:
            with self._place.open(candidate.locator) as opened:
                self._read_open(candidate, opened)
        except FileNotFoundError:
            # One file or the whole disk? The place is checked again before anything is stored.
            self.reading.vanished.append(candidate)
        except OSError as error:
            cause = Cause.PERMISSION_DENIED if isinstance(error, PermissionError) else Cause.IO_ERROR
            self._fail(candidate, cause, error.strerror or "")

    def _read_open(self, candidate: Candidate, opened: OpenObject) -> None:
        seen = candidate.seen_as(opened)
        if not _may_be_half_written(opened):
            self._read_header(seen, opened)
        elif self._may_defer:
            self.reading.deferred.append(candidate)
        else:
            self._fail(seen, Cause.STILL_GROWING, "")

    def _read_header(self, seen: Candidate, opened: OpenObject) -> None:
        try:
            found = read_object(opened, self._memory)
        except Unreadable as error:
            self._fail(seen, error.cause, error.detail)
        except OSError:
            raise
        except Exception as error:  # a reader's fault in one file must not cost the others
            self._fail(seen, Cause.CORRUPT, f"The reader failed with {type(error).__name__}.")
        else:
            self._keep(seen, found)

    def _keep(self, seen: Candidate, found: RawObject) -> None:
        self.reading.objects.append(ReadObject(seen, found))
        self.reading.bytes_held += found.held_bytes

    def _fail(self, file: Candidate, cause: Cause, detail: str) -> None:
        self.reading.failures.append(Failure(file, cause, detail))
