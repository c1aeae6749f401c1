"""End a crawl whose every chunk is done: summaries, moves, totals, and whether it all adds up."""

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from catalog.actions.heartbeat import Heartbeat
from catalog.actions.record_crawl import record_crawl
from catalog.actions.summarise import summarise_dirty
from catalog.models import Crawl, Instance, Quarantine, Source, SubjectChange
from governance.audit.events import Event

# A file that vanished at one place and appeared at another in the same crawl, with the same content, has moved.
_MOVES = """
    WITH pairs AS (
        SELECT DISTINCT ON (old.id) old.id AS old_id, new.id AS new_id, old.first_seen_at
        FROM catalog_instance AS old
        JOIN catalog_instance AS new
          ON new.sop_instance_uid = old.sop_instance_uid AND new.content_hash = old.content_hash
         AND new.source_id = old.source_id AND new.crawl_id = old.crawl_id
         AND new.vanished_at IS NULL AND new.changed_at IS NULL
        WHERE old.source_id = %(source)s AND old.crawl_id = %(crawl)s AND old.vanished_at IS NOT NULL
        ORDER BY old.id, new.inode = old.inode DESC, new.id
    ), chosen AS (
        SELECT DISTINCT ON (new_id) * FROM pairs ORDER BY new_id, old_id
    )
    UPDATE catalog_instance AS instance
    SET moved_from = chosen.old_id, first_seen_at = chosen.first_seen_at
    FROM chosen WHERE instance.id = chosen.new_id AND instance.moved_from IS NULL
"""


def settle_crawl(crawl_id: int) -> bool:
    """Finish a crawl when nothing of it is left to do; False when something is, or another worker does it."""
    if not Crawl.objects.running().ready_to_settle().filter(id=crawl_id).exists():
        return False
    lease = Crawl.objects.lease(crawl_id, at=timezone.now(), seconds=settings.CHUNK_LEASE_SECONDS)
    if lease is None:
        return False
    heartbeat = Heartbeat(lambda end: Crawl.objects.filter(id=crawl_id, lease=lease).update(lease_until=end))
    summarise_dirty(after_each=heartbeat)
    with transaction.atomic():
        crawl = Crawl.objects.select_for_update().select_related("source").get(id=crawl_id)
        if crawl.lease == lease and crawl.status == Crawl.Status.RUNNING:
            _finish(crawl)
    return True


def _finish(crawl: Crawl) -> None:
    now = timezone.now()
    counts = crawl.counts()
    moved = _find_moves(crawl)
    Crawl.objects.filter(id=crawl.pk).update(
        status=Crawl.Status.COMPLETED,
        finished_at=now,
        lease=None,
        lease_until=None,
        held=_held(crawl),
        moved=moved,
        discovered=counts.discovered,
        catalogued=counts.catalogued,
        unchanged=counts.unchanged,
        quarantined=counts.quarantined,
        vanished=counts.vanished,
        changed=counts.changed,
        catalogued_bytes=counts.catalogued_bytes,
    )
    crawl.chunks.forget_listings()
    if crawl.identity:
        Source.objects.filter(id=crawl.source_id).update(identity=crawl.identity)
    SubjectChange.objects.create(
        subject=SubjectChange.Subject.SOURCE, subject_id=crawl.source_id, crawl_id=crawl.pk
    )
    record_crawl(
        Event.CRAWL_ENDED,
        crawl,
        None,
        discovered=counts.discovered,
        catalogued=counts.catalogued,
        unchanged=counts.unchanged,
        quarantined=counts.quarantined,
        vanished=counts.vanished,
    )


def _find_moves(crawl: Crawl) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_MOVES, {"source": crawl.source_id, "crawl": crawl.pk})
        return int(cursor.rowcount)


def _held(crawl: Crawl) -> int | None:
    """Count what the tables hold, apart from the chunks' own counts; None when not every place was looked into."""
    if crawl.kind != Crawl.Kind.FULL or crawl.chunks.exclude(unreachable=[]).exists():
        return None
    refused = Quarantine.objects.filter(source=crawl.source_id)
    # A known file that could not be opened today is in both: it is held, and its outcome is quarantine.
    again = refused.filter(locator=OuterRef("locator"))
    instances = Instance.objects.filter(~Exists(again), source=crawl.source_id).held().count()
    return instances + refused.count()
