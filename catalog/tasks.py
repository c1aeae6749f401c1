"""The catalogue's Celery tasks: thin, with ids for arguments, safe to run twice."""

from celery import shared_task

from catalog.actions.render_thumbnail import render_thumbnail as draw
from catalog.actions.settle_crawl import settle_crawl
from catalog.actions.wake_crawls import wake_crawls
from catalog.actions.walk_crawl import walk_crawl
from catalog.actions.work_on_crawl import work_on_crawl
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
    wake_crawls()


@shared_task(autoretry_for=(NobodyDraws,), retry_backoff=True, max_retries=3)
def render_thumbnail(*, instance_id: int, is_revealed: bool = False) -> None:
    draw(instance_id, is_revealed=is_revealed)
