"""Is it healthy: the services, the workers, and what waits for them."""

from dataclasses import dataclass

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from catalog.models import Chunk, Crawl, DirtySeries
from governance.access import Person, collections_for
from governance.gate import needs
from governance.permissions import Permission
from governance.workers import workers_answer


@dataclass(frozen=True, slots=True)
class Service:
    """One part that has to work, and what to do when it does not."""

    name: object
    works: bool
    says: str
    remedy: object


@needs(Permission.SOURCE_READ)
def status(request: HttpRequest) -> HttpResponse:
    """Ask every service once, now."""
    services = [_database(), _broker(), _workers()]
    context = {
        "services": services,
        "all_work": all(service.works for service in services),
        "queue": _waiting(request.user),
    }
    return render(request, "catalog/status.html", context)


def _waiting(user: Person) -> dict[str, int]:
    """Count what waits of the sources that `user` may see: how busy the others are would tell of what they hold."""
    seen = collections_for(user, Permission.SOURCE_READ)
    running = Crawl.objects.visible_to(user).running()
    return {
        "running": running.count(),
        "chunks": Chunk.objects.unfinished().filter(crawl__in=running).count(),
        "summaries": DirtySeries.objects.filter(series__collection__in=seen).count(),
    }


def _database() -> Service:
    name, remedy = _("Database"), _("See whether PostgreSQL runs, and that DATABASE_URL leads to it.")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            return Service(name, True, f"PostgreSQL {cursor.fetchone()[0]}", remedy)
    except DatabaseError as error:
        return Service(name, False, type(error).__name__, remedy)


def _broker() -> Service:
    name, remedy = (
        _("Queue and cache"),
        _("See whether Valkey or Redis runs, and that REDIS_URL leads to it."),
    )
    try:
        cache.get("status")
    except RedisError as error:
        return Service(name, False, type(error).__name__, remedy)
    return Service(name, True, "Valkey", remedy)


def _workers() -> Service:
    name, remedy = (
        _("Workers"),
        _("Start them with ./isocenter up; until then crawls wait, and nothing is lost."),
    )
    try:
        works = workers_answer()
    except (RedisError, OperationalError) as error:
        return Service(name, False, type(error).__name__, remedy)
    return Service(name, works, str(_("answering") if works else _("no worker answers")), remedy)
