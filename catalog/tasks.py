"""The catalogue's Celery tasks: thin, with ids for arguments, safe to run twice."""

from celery import shared_task
from django.utils import timezone

from catalog.actions.render_thumbnail import render_thumbnail as draw
from catalog.actions.settle_crawl import settle_crawl
from catalog.actions.walk_crawl import walk_crawl
from catalog.actions.work_on_crawl import work_on_crawl
from catalog.models import Chunk, Crawl
from catalog.thumbnails.studio import NobodyDraws


@shared_task
def walk(*, crawl_id: int) -> None:
    walk_crawl(crawl_id)


@shared_task
def read(*, crawl_id: int) -> None:
    if work_on_crawl(crawl_id):
        read.delay(crawl_id=crawl_id)


@shared_task
def settle(*, crawl_id: int) -> None:
    settle_crawl(crawl_id)


@shared_task
def tend_crawls() -> None:
    """Wake the crawls that have work and perhaps nobody at it: a message or a worker may have been lost."""
    now = timezone.now()
    for crawl_id in Crawl.objects.running().without_walker(at=now).values_list("id", flat=True):
        walk.delay(crawl_id=crawl_id)
    for crawl_id in Chunk.objects.claimable(at=now).values_list("crawl_id", flat=True).distinct():
        read.delay(crawl_id=crawl_id)
    for crawl_id in Crawl.objects.running().ready_to_settle().values_list("id", flat=True):
        settle.delay(crawl_id=crawl_id)


@shared_task(autoretry_for=(NobodyDraws,), retry_backoff=True, max_retries=3)
def render_thumbnail(*, instance_id: int) -> None:
    draw(instance_id)
