"""What load balancers, probes and Prometheus ask: is it alive, is it ready, how much is there."""

import logging
from collections.abc import Callable
from functools import cache as remember
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import Error as DatabaseFailure
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from governance.access import can
from governance.metrics import CONTENT_TYPE, exposition
from governance.permissions import Permission

logger = logging.getLogger(__name__)


@login_not_required
@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """Answer that the process is alive. It asks no service: a restart would not bring a database back."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@login_not_required
@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """Answer whether requests can be served: 200 or 503, and which component is missing."""
    components = {name: _answers(name, check) for name, check in CHECKS.items()}
    ready = all(components.values())
    status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    words = {name: "ok" if fine else "failed" for name, fine in components.items()}
    return JsonResponse({"ready": ready, "components": words}, status=status)


def _database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _redis_answers() -> bool:
    cache.get("readyz")
    return True


def _migrations_are_applied() -> bool:
    return _migrations_on_disk() <= MigrationRecorder(connection).applied_migrations().keys()


@remember
def _migrations_on_disk() -> frozenset[tuple[str, str]]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return frozenset(loader.disk_migrations or ())


CHECKS: dict[str, Callable[[], bool]] = {
    "database": _database_answers,
    "redis": _redis_answers,
    "migrations": _migrations_are_applied,
}


def _answers(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (DatabaseFailure, RedisError) as error:
        logger.warning("readyz.failed", extra={"component": name, "error_class": type(error).__qualname__})
        return False


class MayReadMetrics(BasePermission):
    """Numbers over all Collections are for those who may read sources on all of them.

    Prometheus can send a bearer token, so the page is closed unless ISOCENTER_METRICS_OPEN says that the network
    keeps strangers out. "Only from localhost" would be no check at all behind a proxy on the same machine.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002 - DRF calls it so
        if settings.METRICS_OPEN:
            return True
        return can(request.user, Permission.SOURCE_READ)


class Metrics(APIView):
    """The gauges of all apps, in Prometheus' text format."""

    permission_classes = (MayReadMetrics,)
    schema = None
    throttle_classes = ()

    def get(self, _request: Request) -> HttpResponse:
        return HttpResponse(exposition(), content_type=CONTENT_TYPE)
