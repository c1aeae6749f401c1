"""The catalogue's gauges: a few set-based queries, none of which reads the instances."""

from collections.abc import Iterator

from django.db import connection
from django.db.models import Count, Model, QuerySet
from django.utils import timezone

from catalog.models import Chunk, Crawl, DirtySeries, IndexChange, Quarantine, SubjectChange
from governance.metrics import Gauge, measures


@measures
def crawling() -> Iterator[Gauge]:
    """Yield how the crawls stand and what they have still to do."""
    statuses = dict.fromkeys(Crawl.Status.values, 0) | _counts(Crawl.objects.all(), "status")
    yield _labelled("isocenter_crawls", "Crawls, by status.", "status", statuses)
    unfinished = {"pending": 0, "running": 0} | _counts(Chunk.objects.unfinished().of_open_crawls(), "state")
    yield _labelled(
        "isocenter_chunks_unfinished", "Chunks of up to a thousand files not yet done.", "state", unfinished
    )
    causes = _counts(Quarantine.objects.all(), "cause")
    yield _labelled("isocenter_quarantined_files", "Files in quarantine, by cause.", "cause", causes)


@measures
def holdings() -> Iterator[Gauge]:
    """Yield how many rows there are, as PostgreSQL's statistics estimate them."""
    tables = {"instance": "catalog_instance", "series": "catalog_series", "study": "catalog_study"}
    estimates = {name: _estimated_rows(table) for name, table in tables.items()}
    yield _labelled("isocenter_rows_estimate", "Rows of the catalogue, estimated.", "entity", estimates)


@measures
def following() -> Iterator[Gauge]:
    """Yield how far behind those are who follow the catalogue's changes."""
    now = timezone.now()
    lags = {}
    for name, changes in {"index": IndexChange.objects.all(), "subject": SubjectChange.objects.all()}.items():
        oldest = changes.order_by("id").values_list("at", flat=True).first()
        lags[name] = (now - oldest).total_seconds() if oldest else 0
    yield _labelled("isocenter_outbox_lag_seconds", "Age of the oldest change not yet taken.", "outbox", lags)
    waiting = DirtySeries.objects.count()
    yield Gauge(
        "isocenter_series_to_summarise", "Series whose summary must be computed again.", [({}, waiting)]
    )


def _counts(rows: QuerySet[Model], column: str) -> dict[str, int]:
    return dict(rows.order_by().values_list(column).annotate(Count("pk")))


def _labelled(name: str, text: str, label: str, values: dict[str, int] | dict[str, float]) -> Gauge:
    return Gauge(name, text, [({label: key}, value) for key, value in sorted(values.items())])


def _estimated_rows(table: str) -> int:
    """Return the planner's row count of a table and its partitions, -1 (never analysed) taken as 0."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(sum(greatest(reltuples, 0)), 0)
            FROM pg_class
            WHERE oid = to_regclass(%s) OR oid IN (SELECT relid FROM pg_partition_tree(to_regclass(%s)))
            """,
            [table, table],
        )
        return int(cursor.fetchone()[0])
