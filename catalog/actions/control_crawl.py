"""Start, pause, resume, cancel a crawl, and read quarantined files again."""

from collections.abc import Sequence

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.actions.confinement import place_of
from catalog.actions.recognise_place import recognise_place
from catalog.actions.record_crawl import record_crawl
from catalog.actions.refusals import Refused
from catalog.models import Chunk, Crawl, Quarantine, Source
from catalog.models.counts import worked_seconds
from catalog.signals import announce, crawl_needs_reading, crawl_needs_walking
from catalog.sources import SourceUnreachable
from governance.access import require
from governance.audit.events import Event
from governance.models import User
from governance.permissions import Permission

RETRIED_PER_CHUNK = 1000


def start_crawl(source: Source, *, actor: User | None, allow_empty: bool = False) -> Crawl:
    """Begin a crawl over the whole source; `actor` is None for the command line and the schedule.

    With `allow_empty` a source in which nothing is found any more is believed to be empty.
    """
    _require(actor, source)
    try:
        place_of(source)
    except SourceUnreachable as error:
        raise Refused(str(error)) from error
    with transaction.atomic():
        crawl = _open_crawl(source, actor, kind=Crawl.Kind.FULL, allow_empty=allow_empty)
        record_crawl(Event.CRAWL_STARTED, crawl, actor, verb="start")
    announce(crawl_needs_walking, crawl_id=crawl.pk)
    return crawl


@transaction.atomic
def pause_crawl(crawl: Crawl, *, actor: User | None) -> None:
    """Let the workers finish the chunk in hand and take no other."""
    _require(actor, crawl.source)
    now = timezone.now()
    locked = _lock(crawl, Crawl.Status.RUNNING, _("Only a running crawl can be paused."))
    Crawl.objects.filter(id=locked.pk).update(
        status=Crawl.Status.PAUSED, seconds_before=worked_seconds(locked), resumed_at=now
    )
    record_crawl(Event.CRAWL_CONTROLLED, locked, actor, verb="pause")


@transaction.atomic
def resume_crawl(crawl: Crawl, *, actor: User | None) -> None:
    """Go on where the crawl stopped."""
    _require(actor, crawl.source)
    locked = _lock(crawl, Crawl.Status.PAUSED, _("Only a paused crawl can be resumed."))
    Crawl.objects.filter(id=locked.pk).update(
        status=Crawl.Status.RUNNING, resumed_at=timezone.now(), failure="", identity=_identity(locked)
    )
    record_crawl(Event.CRAWL_CONTROLLED, locked, actor, verb="resume")
    announce(crawl_needs_walking, crawl_id=crawl.pk)
    announce(crawl_needs_reading, crawl_id=crawl.pk)


@transaction.atomic
def cancel_crawl(crawl: Crawl, *, actor: User | None) -> None:
    """Stop for good; what was catalogued stays, and the next crawl finds the rest."""
    _require(actor, crawl.source)
    locked = Crawl.objects.select_for_update().get(id=crawl.pk)
    if not locked.is_open:
        raise Refused(_("This crawl is over already."))
    locked.chunks.end()
    counts = locked.counts()
    locked.chunks.forget_listings()
    Crawl.objects.filter(id=locked.pk).update(
        status=Crawl.Status.CANCELLED,
        finished_at=timezone.now(),
        discovered=counts.finished_files,
        **{
            name: getattr(counts, name)
            for name in ("catalogued", "unchanged", "quarantined", "vanished", "changed", "catalogued_bytes")
        },
    )
    record_crawl(Event.CRAWL_CONTROLLED, locked, actor, verb="cancel")


@transaction.atomic
def retry_quarantined(
    source: Source, *, actor: User | None, cause: str = "", ids: Sequence[int] = ()
) -> Crawl:
    """Read quarantined files of a source again: those of `cause`, those of `ids`, or all of them."""
    if actor is not None:
        require(actor, Permission.QUARANTINE_RETRY, source.collection)
    chosen = Quarantine.objects.filter(source=source)
    if cause:
        chosen = chosen.filter(cause=cause)
    if ids:
        chosen = chosen.filter(id__in=ids)
    if not chosen.exists():
        raise Refused(_("No quarantined file of this source is left to be read again."))
    crawl = _open_crawl(source, actor, kind=Crawl.Kind.RETRY)
    Crawl.objects.filter(id=crawl.pk).update(walked_at=timezone.now())
    _cut_into_chunks(crawl, chosen)
    record_crawl(Event.QUARANTINE_RETRIED, crawl, actor, verb="retry")
    announce(crawl_needs_reading, crawl_id=crawl.pk)
    return crawl


def _identity(crawl: Crawl) -> str:
    try:
        place = place_of(crawl.source)
        return recognise_place(crawl.source, place, allow_empty=crawl.allow_empty)
    except SourceUnreachable as error:
        raise Refused(str(error)) from error


def _require(actor: User | None, source: Source) -> None:
    if actor is not None:
        require(actor, Permission.CRAWL_CONTROL, source.collection)


def _open_crawl(source: Source, actor: User | None, *, kind: str, allow_empty: bool = False) -> Crawl:
    try:
        with transaction.atomic():
            return Crawl.objects.create(source=source, started_by=actor, kind=kind, allow_empty=allow_empty)
    except IntegrityError as error:
        raise Refused(_("A crawl of this source is open already. Resume it, or cancel it first.")) from error


def _lock(crawl: Crawl, status: str, refusal: str) -> Crawl:
    locked = Crawl.objects.select_for_update().get(id=crawl.pk)
    if locked.status != status:
        raise Refused(refusal)
    return locked


def _cut_into_chunks(crawl: Crawl, chosen: QuerySet[Quarantine]) -> None:
    """List the chosen rows in chunks, in one statement; sizes of -1 make every file differ from what is known."""
    sql, parameters = chosen.order_by().values("locator").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {Chunk._meta.db_table}
                (crawl_id, ordinal, has_range, after, unreachable, locators, sizes, mtimes_ns, inodes, listed, round,
                 state, attempt, gone, deferred, catalogued, unchanged, quarantined, vanished, changed, catalogued_bytes)
            SELECT %s, part, false, '', '{{}}', array_agg(locator), array_agg(-1), array_agg(0), array_agg(0), count(*), 0,
                   'pending', 0, 0, 0, 0, 0, 0, 0, 0, 0
            FROM (SELECT locator, (row_number() OVER (ORDER BY locator) - 1) / %s AS part FROM ({sql}) AS chosen) AS numbered
            GROUP BY part
            """,  # noqa: S608 - the table's name and Django's own SQL
            [crawl.pk, RETRIED_PER_CHUNK, *parameters],
        )
