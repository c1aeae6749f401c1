"""What follows from the catalogue's signals: a task is enqueued, and no more."""

from typing import Any

from django.conf import settings
from django.dispatch import receiver

from catalog import tasks
from catalog.signals import crawl_needs_reading, crawl_needs_settling, crawl_needs_walking

_KEPT_SECONDS = 30


@receiver(crawl_needs_walking)
def enqueue_walk(*, crawl_id: int, **_: Any) -> None:
    _send(tasks.walk, crawl_id)


@receiver(crawl_needs_reading)
def enqueue_reading(*, crawl_id: int, **_: Any) -> None:
    for _reader in range(settings.READERS_PER_CRAWL):
        _send(tasks.read, crawl_id)


@receiver(crawl_needs_settling)
def enqueue_settling(*, crawl_id: int, **_: Any) -> None:
    _send(tasks.settle, crawl_id)


def _send(task: Any, crawl_id: int) -> None:
    # Crawls are woken again and again: a message that nobody took by then need not be kept.
    task.apply_async(kwargs={"crawl_id": crawl_id}, expires=_KEPT_SECONDS)
