"""Sources: the list of them, and one source with its crawls and its quarantine."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.masking.rows import MaskedRow, masked, masked_rows
from catalog.models import Crawl, Quarantine, Source
from catalog.models.counts import CrawlCounts, counts_of_all
from catalog.views.causes import by_cause, obstacles_of
from governance.access import Person, can, can_anywhere
from governance.gate import needs
from governance.permissions import Permission

SHOWN_CRAWLS = 10
# How old the last complete look at a source may be before people are told.
FRESH = timedelta(days=1)
STALE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Freshness:
    """How much a source's figures can be relied on, by the age of the last complete crawl."""

    label: object
    tone: str
    glyph: str


NEVER = Freshness(_("Never crawled"), "medium", "◆")
_BY_AGE = (
    (FRESH, Freshness(_("Fresh"), "pass", "✓")),
    (STALE, Freshness(_("Some days old"), "low", "▽")),
)
OLD = Freshness(_("Old"), "high", "▲")


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source as the list shows it."""

    source: MaskedRow
    latest: Crawl | None
    counts: CrawlCounts | None
    last_success: datetime | None
    held: int | None
    quarantined: int
    freshness: Freshness


@needs(Permission.SOURCE_READ)
def sources(request: HttpRequest) -> HttpResponse:
    """List the sources that this person may see."""
    found = Source.objects.visible_to(request.user).select_related("collection__owner")
    rows = _overview(request.user, list(found))
    context = {
        "rows": rows,
        "is_moving": any(row.latest and row.latest.status == Crawl.Status.RUNNING for row in rows),
        "may_add": can_anywhere(request.user, Permission.SOURCE_MANAGE),
    }
    template = "catalog/_sources.html" if request.htmx else "catalog/sources.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@needs(Permission.SOURCE_READ)
def source(request: HttpRequest, source_id: int) -> HttpResponse:
    """Show one source."""
    row = visible_source(request.user, source_id)
    crawls = list(row.crawls.select_related("started_by")[:SHOWN_CRAWLS])
    counts = counts_of_all(crawls)
    context: dict[str, Any] = {
        "source": masked(row),
        "summary": _overview(request.user, [row])[0],
        "crawl": crawls[0] if crawls else None,
        "crawls": [(crawl, counts[crawl.pk]) for crawl in crawls],
        **crawl_panel(request.user, crawls[0] if crawls else None, row),
    }
    return render(request, "catalog/source.html", context)


def visible_source(user: Person, source_id: int) -> Source:
    """Return a source that `user` may see; Http404 otherwise."""
    return get_object_or_404(
        Source.objects.visible_to(user).select_related("collection__owner"), pk=source_id
    )


def crawl_panel(user: Person, crawl: Crawl | None, row: Source) -> dict[str, Any]:
    """Return what the live panel of a source shows: the crawl's counts, and what stands in its way."""
    quarantine = Quarantine.objects.visible_to(user).filter(source=row)
    return {
        "crawl": crawl,
        "counts": crawl.counts() if crawl else None,
        "may_control": can(user, Permission.CRAWL_CONTROL, row.collection),
        "may_retry": can(user, Permission.QUARANTINE_RETRY, row.collection),
        "causes": by_cause(quarantine),
        "obstacles": obstacles_of(crawl) if crawl else [],
        "source_id": row.pk,
    }


def _overview(user: Person, found: list[Source]) -> list[SourceRow]:
    """Put together what the list says of each source, in three queries however many there are."""
    crawls = Crawl.objects.filter(source__in=found)
    latest = {crawl.source_id: crawl for crawl in crawls.latest_of_each_source()}
    complete = {crawl.source_id: crawl for crawl in crawls.whole_and_completed().latest_of_each_source()}
    counts = counts_of_all(list(latest.values()))
    quarantined = _quarantined(user, found)
    now = timezone.now()
    rows: list[SourceRow] = []
    for each, shown in zip(found, masked_rows(found), strict=True):
        crawl, done = latest.get(each.pk), complete.get(each.pk)
        rows.append(
            SourceRow(
                source=shown,
                latest=crawl,
                counts=counts[crawl.pk] if crawl else None,
                last_success=done.finished_at if done else None,
                held=done.catalogued + done.unchanged if done else None,
                quarantined=quarantined.get(each.pk, 0),
                freshness=_freshness(done.finished_at if done else None, now),
            )
        )
    return rows


def _quarantined(user: Person, found: Iterable[Source]) -> dict[int, int]:
    rows = Quarantine.objects.visible_to(user).filter(source__in=list(found)).order_by()
    counted = rows.values("source_id").annotate(n=Count("id"))
    return {row["source_id"]: row["n"] for row in counted}


def _freshness(last_success: datetime | None, now: datetime) -> Freshness:
    if last_success is None:
        return NEVER
    age = now - last_success
    return next((freshness for limit, freshness in _BY_AGE if age <= limit), OLD)
