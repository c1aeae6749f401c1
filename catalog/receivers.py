"""What follows from the catalogue's signals: a task is enqueued, and no more."""

from typing import Any

from django.conf import settings
from django.dispatch import receiver

from catalog import tasks
from catalog.signals import crawl_needs_reading, crawl_needs_walking


@receiver(crawl_needs_walking)
def enqueue_walk(*, crawl_id: int, **_: Any) -> None:
    tasks.walk.delay(crawl_id=crawl_id)


@receiver(crawl_needs_reading)
def enqueue_reading(*, crawl_id: int, **_: Any) -> None:
    for _reader in range(settings.READERS_PER_CRAWL):
        tasks.read.delay(crawl_id=crawl_id)
