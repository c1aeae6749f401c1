"""A crawl's counts: sums over its chunks while it runs, and the proof that they add up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, F, Q, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

if TYPE_CHECKING:
    from catalog.models.crawls import Crawl

_OUTCOMES = ("catalogued", "unchanged", "quarantined", "vanished", "changed", "catalogued_bytes")


@dataclass(frozen=True, slots=True)
class CrawlCounts:
    """What became of the files of a crawl. discovered = catalogued + unchanged + quarantined + vanished + waiting.

    `discovered` counts the files that the walk listed and those that the catalogue knew but the walk did not
    meet; `seconds` are worked ones, without pauses; `held` is what the tables hold afterwards, counted apart.
    """

    discovered: int
    catalogued: int
    unchanged: int
    quarantined: int
    vanished: int
    changed: int
    moved: int
    catalogued_bytes: int
    seconds: float
    walked: bool
    held: int | None
    chunks_done: int
    chunks: int

    @property
    def finished_files(self) -> int:
        return self.catalogued + self.unchanged + self.quarantined + self.vanished

    @property
    def waiting(self) -> int:
        """Files listed that have no outcome yet."""
        return self.discovered - self.finished_files

    @property
    def total_known(self) -> bool:
        return self.walked

    @property
    def per_second(self) -> float:
        return self.finished_files / self.seconds if self.seconds > 0 else 0.0

    @property
    def eta_seconds(self) -> float | None:
        """Seconds left at the rate so far; None while the total is unknown."""
        if not self.walked or not self.per_second:
            return None
        return self.waiting / self.per_second

    @property
    def adds_up(self) -> bool:
        """Whether every file has one outcome, and the tables hold what the outcomes say."""
        return self.waiting == 0 and self.held in {None, self.catalogued + self.unchanged + self.quarantined}

    def as_json(self) -> dict[str, float | int | bool]:
        """The counts that the command line and the API report."""
        return {
            "discovered": self.discovered,
            "catalogued": self.catalogued,
            "unchanged": self.unchanged,
            "quarantined": self.quarantined,
            "vanished": self.vanished,
            "changed": self.changed,
            "moved": self.moved,
            "catalogued_bytes": self.catalogued_bytes,
            "adds_up": self.adds_up,
            "seconds": round(self.seconds, 3),
            "per_second": round(self.per_second, 1),
        }


def _sum(expression: object) -> Coalesce:
    return Coalesce(Sum(expression), Value(0))


_CHUNK_SUMS = {
    # A deferred file is counted by the chunk that it was handed on to.
    "discovered": _sum(F("listed") - F("deferred") + F("gone")),
    **{name: _sum(name) for name in _OUTCOMES},
    "chunk_count": Count("id"),
    "chunks_done": Count("id", filter=Q(state="done")),
}


def count_chunks(crawl: "Crawl") -> dict[str, int]:
    """Sum up the outcomes of a crawl's chunks, in one query."""
    return crawl.chunks.aggregate(**_CHUNK_SUMS)


def counts_of(crawl: "Crawl") -> CrawlCounts:
    """Return the counts of a crawl, running or over."""
    return _counts(crawl, count_chunks(crawl) if crawl.is_open else {})


def counts_of_all(crawls: "Sequence[Crawl]") -> dict[int, CrawlCounts]:
    """Return the counts of many crawls by their ids: one query, however many of them are running."""
    open_crawls = [crawl for crawl in crawls if crawl.is_open]
    sums: dict[int, dict[str, int]] = {}
    if open_crawls:
        chunks = (
            open_crawls[0].chunks.model.objects.filter(crawl__in=open_crawls).order_by().values("crawl_id")
        )
        # Under other names, because an annotation may not be called like a column.
        renamed = {f"total_{name}": expression for name, expression in _CHUNK_SUMS.items()}
        for row in chunks.annotate(**renamed).values_list("crawl_id", *renamed):
            sums[row[0]] = dict(zip(_CHUNK_SUMS, row[1:], strict=True))
    return {crawl.pk: _counts(crawl, sums.get(crawl.pk, {})) for crawl in crawls}


def _counts(crawl: "Crawl", sums: dict[str, int]) -> CrawlCounts:
    """Put together what the chunks say and what the crawl knows; without chunks, the totals of its end."""
    totals = {name: sums.get(name, getattr(crawl, name)) for name in ("discovered", *_OUTCOMES)}
    return CrawlCounts(
        **totals,
        moved=crawl.moved,
        seconds=worked_seconds(crawl),
        walked=crawl.walked_at is not None,
        held=crawl.held,
        chunks=sums.get("chunk_count", 0),
        chunks_done=sums.get("chunks_done", 0),
    )


def worked_seconds(crawl: "Crawl") -> float:
    """Seconds the crawl has been running, pauses left out."""
    if crawl.status == crawl.Status.PAUSED:
        return crawl.seconds_before
    until = crawl.finished_at or timezone.now()
    return crawl.seconds_before + max((until - crawl.resumed_at).total_seconds(), 0.0)
