"""Causes of quarantine for people: what happened, how often, and what to do about it."""

from dataclasses import dataclass

from django.db.models import Count

from catalog.dicom import Cause
from catalog.models import Crawl
from catalog.models.quarantine import QuarantineQuerySet
from catalog.sources import ObstacleCause


@dataclass(frozen=True, slots=True)
class CauseGroup:
    """All quarantined files with one cause."""

    cause: str
    title: str
    remedy: str
    is_passing: bool
    n: int


def explained(cause: str) -> tuple[str, str, bool]:
    """Return title, remedy and whether waiting may be enough; a cause of an older version keeps its name."""
    if cause not in set(Cause):
        return cause.replace("_", " ").capitalize(), "", False
    known = Cause(cause).explanation
    return known.title, known.remedy, known.passing


def by_cause(rows: QuarantineQuerySet) -> list[CauseGroup]:
    """Count the files by cause, the most frequent first."""
    counted = rows.order_by().values("cause").annotate(n=Count("id")).order_by("-n", "cause")
    return [CauseGroup(row["cause"], *explained(row["cause"]), row["n"]) for row in counted]


@dataclass(frozen=True, slots=True)
class ObstacleGroup:
    """All places with one cause that a crawl could not look into."""

    title: str
    remedy: str
    n: int


def obstacles_of(crawl: Crawl) -> list[ObstacleGroup]:
    """Count what a crawl's walk could not look into, by cause."""
    counted = crawl.problems.order_by().values("cause").annotate(n=Count("id")).order_by("-n", "cause")
    return [ObstacleGroup(*_obstacle(row["cause"]), row["n"]) for row in counted]


def _obstacle(cause: str) -> tuple[str, str]:
    if cause in set(ObstacleCause):
        known = ObstacleCause(cause)
        return known.title, known.remedy
    title, remedy, _passing = explained(cause)
    return title, remedy
