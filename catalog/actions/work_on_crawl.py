"""Take turns at a crawl: chunk after chunk, summaries now and then, and the end when nothing is left."""

import time
from datetime import timedelta

from django.utils import timezone

from catalog.actions.read_chunk import read_chunk
from catalog.actions.relaxed_commits import relaxed_commits
from catalog.actions.settle_crawl import settle_crawl
from catalog.actions.summarise import summarise_some
from catalog.models import Crawl

# Short enough that crawls take turns, and that a person's thumbnail need not wait behind a turn.
TURN_SECONDS = 5
# While the walk is not over, a reader without work waits this long for the next chunk.
PATIENCE_SECONDS = 2
# How stale the lists may be while a crawl runs; and little is left to summarise when the last chunk is done, while
# one worker summarises and the others wait.
SUMMARY_SECONDS = 1


@relaxed_commits()
def work_on_crawl(crawl_id: int) -> bool:
    """Work off chunks for a turn; True when there may be more to do, False when this worker is not needed."""
    crawl = Crawl.objects.running().select_related("source").filter(id=crawl_id).first()
    if crawl is None:
        return False
    turn_ends = time.monotonic() + TURN_SECONDS
    idle_until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < turn_ends:
        if read_chunk(crawl):
            idle_until = time.monotonic() + PATIENCE_SECONDS
            _summarise_now_and_then(crawl_id)
        elif settle_crawl(crawl_id) or time.monotonic() > idle_until or not _is_being_walked(crawl_id):
            return False
        else:
            time.sleep(0.02)
    return True


def _is_being_walked(crawl_id: int) -> bool:
    return Crawl.objects.running().filter(id=crawl_id, walked_at__isnull=True).exists()


def _summarise_now_and_then(crawl_id: int) -> None:
    now = timezone.now()
    due = Crawl.objects.filter(id=crawl_id, summarised_at__lt=now - timedelta(seconds=SUMMARY_SECONDS))
    if due.update(summarised_at=now):
        summarise_some(wait=False)
