"""List a source's files and cut the list into chunks, from where an earlier walk stopped."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.actions.confinement import place_of
from catalog.actions.copying import text_array, whole_number_array
from catalog.actions.heartbeat import Heartbeat, lease_end
from catalog.actions.recognise_place import recognise_place
from catalog.actions.relaxed_commits import relaxed_commits
from catalog.models import Chunk, Crawl, CrawlProblem, Instance
from catalog.models.counts import worked_seconds
from catalog.signals import announce, crawl_needs_reading
from catalog.sources import Listed, Obstacle, Place, SourceUnreachable

_SLEEP_SECONDS = 2
# The last code point more often than a name of 255 bytes can hold it, so that it sorts after every name.
_AFTER_ANY_NAME = "\U0010ffff" * 64


class LeaseLost(Exception):
    """Another worker has taken over, or the crawl is no longer running: stop, nothing is lost."""


@dataclass(slots=True)
class _Cut:
    """What the next chunk will hold."""

    files: list[Listed] = field(default_factory=list)
    obstacles: list[Obstacle] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        most = settings.FILES_PER_CHUNK
        return len(self.files) >= most or len(self.obstacles) >= most


@relaxed_commits()
def walk_crawl(crawl_id: int) -> None:
    """Walk the source of a crawl to its end; does nothing when somebody else does, or it is done.

    The chunks are cut at the same places however often the walk is interrupted: each is committed when it is
    full, and a new walk begins after the last locator of the last one.
    """
    lease = Crawl.objects.lease(crawl_id, at=timezone.now(), seconds=settings.CHUNK_LEASE_SECONDS)
    if lease is None:
        return
    crawl = Crawl.objects.select_related("source").get(id=crawl_id)
    if crawl.walked_at is None:
        try:
            _walk(crawl, lease)
        except LeaseLost:
            pass
        except SourceUnreachable as error:
            pause_for(crawl, str(error))
    Crawl.objects.filter(id=crawl_id, lease=lease).update(lease=None, lease_until=None)
    announce(crawl_needs_reading, crawl_id=crawl_id)


def pause_for(crawl: Crawl, reason: str) -> None:
    """Pause a crawl whose source is away; what is known stays as it is until somebody resumes."""
    for running in Crawl.objects.running().filter(id=crawl.pk):
        Crawl.objects.running().filter(id=crawl.pk).update(
            status=Crawl.Status.PAUSED,
            failure=reason,
            seconds_before=worked_seconds(running),
            resumed_at=timezone.now(),
        )


def _walk(crawl: Crawl, lease: uuid.UUID) -> None:
    place = place_of(crawl.source)
    crawl.identity = recognise_place(crawl.source, place, allow_empty=crawl.allow_empty)
    Crawl.objects.filter(id=crawl.pk).update(identity=crawl.identity)
    last = crawl.chunks.filter(has_range=True).without_listing().order_by("-ordinal").first()
    ordinal, after = (last.ordinal + 1, last.upto or "") if last else (0, "")
    for cut in _cuts(place, after, Heartbeat(lambda _end: _renew(crawl, lease, walked=False))):
        if not cut.is_full:
            _refuse_emptiness(crawl, ordinal, cut)
        if cut.obstacles or not cut.is_full:
            # The place may have gone away since; then what the listing lacks has not vanished.
            place.check(crawl.identity)
        _store(crawl, lease, ordinal, after, cut)
        after, ordinal = (_last_locator(cut), ordinal + 1)


def _cuts(place: Place, after: str, heartbeat: Callable[[], None]) -> Iterator[_Cut]:
    """Yield full chunks, and at the end one that is not full, perhaps empty: it answers for the rest."""
    cut = _Cut()
    for entry in place.walk(after):
        heartbeat()
        if isinstance(entry, Listed):
            cut.files.append(entry)
        else:
            cut.obstacles.append(entry)
        if cut.is_full:
            yield cut
            cut = _Cut()
    yield cut


def _last_locator(cut: _Cut) -> str:
    """The last locator that the chunk answers for; of a folder that was not looked into, all that it hides."""
    last_file = cut.files[-1].locator if cut.files else ""
    last_obstacle = cut.obstacles[-1] if cut.obstacles else None
    if last_obstacle is None or last_obstacle.locator < last_file:
        return last_file
    return last_obstacle.locator + (_AFTER_ANY_NAME if last_obstacle.hides else "")


@transaction.atomic
def _store(crawl: Crawl, lease: uuid.UUID, ordinal: int, after: str, cut: _Cut) -> None:
    now = timezone.now()
    _renew(crawl, lease, walked=not cut.is_full)
    Chunk.objects.create(
        crawl=crawl,
        ordinal=ordinal,
        after=after,
        upto=_last_locator(cut) if cut.is_full else None,
        unreachable=[obstacle.hides for obstacle in cut.obstacles if obstacle.hides],
        # Written out here: Django and psycopg would look at every single value, which costs more than the walk.
        locators=text_array(file.locator for file in cut.files),
        sizes=whole_number_array(file.size for file in cut.files),
        mtimes_ns=whole_number_array(file.mtime_ns for file in cut.files),
        inodes=whole_number_array(file.inode for file in cut.files),
        listed=len(cut.files),
    )
    CrawlProblem.objects.bulk_create(
        [
            CrawlProblem(
                crawl=crawl, locator=obstacle.locator, cause=obstacle.cause, detail=obstacle.detail, at=now
            )
            for obstacle in cut.obstacles
        ],
        ignore_conflicts=True,
    )
    # Readers ask for the next chunk themselves: only when they have gone to sleep need they be called.
    asleep = Crawl.objects.asleep(since=now - timedelta(seconds=_SLEEP_SECONDS)).filter(id=crawl.pk)
    if ordinal == 0 or asleep.update(woken_at=now):
        announce(crawl_needs_reading, crawl_id=crawl.pk)


def _renew(crawl: Crawl, lease: uuid.UUID, *, walked: bool) -> None:
    changes: dict[str, object] = {"lease_until": lease_end()}
    if walked:
        changes["walked_at"] = timezone.now()
    if not Crawl.objects.running().filter(id=crawl.pk, lease=lease).update(**changes):
        raise LeaseLost


def _knows_files(crawl: Crawl) -> bool:
    return Instance.objects.filter(source=crawl.source).held().exists()


def _refuse_emptiness(crawl: Crawl, ordinal: int, cut: _Cut) -> None:
    """A source in which nothing at all is found any more is rather an unmounted disk than an emptied archive."""
    if ordinal == 0 and not cut.files and not crawl.allow_empty and _knows_files(crawl):
        raise SourceUnreachable(
            _("No file is left where files were known: is the disk mounted? Nothing was marked as vanished. ")
            + _("If the source really was emptied, crawl it again and confirm that.")
        )
