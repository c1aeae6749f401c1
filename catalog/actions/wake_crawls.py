"""Wake the crawls that have work and perhaps nobody at it: a message or a worker may have been lost."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from catalog.actions.summarise import summarise_dirty, summarise_some
from catalog.models import Chunk, Crawl, DirtySeries
from catalog.signals import announce, crawl_needs_reading, crawl_needs_settling, crawl_needs_walking

# A crawl that nobody worked on for this long is woken. Readers queue up again by themselves, so waking one
# that is awake would add readers that push other work aside.
QUIET_SECONDS = min(5, settings.CHUNK_LEASE_SECONDS)


def wake_crawls() -> None:
    """Announce what every running crawl needs next; harmless when somebody does it already."""
    now = timezone.now()
    for crawl_id in Crawl.objects.running().without_walker(at=now).values_list("id", flat=True):
        announce(crawl_needs_walking, crawl_id=crawl_id)
    quiet = now - timedelta(seconds=QUIET_SECONDS)
    for crawl_id in Chunk.objects.claimable(at=now).values_list("crawl_id", flat=True).distinct():
        if Crawl.objects.asleep(since=quiet).filter(id=crawl_id).update(woken_at=now):
            announce(crawl_needs_reading, crawl_id=crawl_id)
    # What a paused or cancelled crawl has catalogued is to be seen as well, whoever else is at work.
    if Crawl.objects.running().exists():
        summarise_some(wait=False)
    elif DirtySeries.objects.exists():
        summarise_dirty()
    for crawl_id in Crawl.objects.running().ready_to_settle().values_list("id", flat=True):
        announce(crawl_needs_settling, crawl_id=crawl_id)
