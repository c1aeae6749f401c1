"""What a crawl has to reach on two cores, warm (issue 3, section 9)."""

from collections.abc import Mapping
from typing import Any

from catalog.benchmarks.report import Goal

MEGABYTE = 1_000_000


def crawl_goals(figures: Mapping[str, Any]) -> tuple[Goal, ...]:
    """Hold the figures against the goals; what was not measured has no value and is not met."""
    ours, bytes_each = figures.get("ours_per_s"), _largest_corpus(figures, "database_bytes_per_instance")
    one_image = figures.get("one_image_ours_per_s")
    return (
        Goal("ours over naive, CT and MR", _ratio(ours, figures.get("naive_per_s")), "times", 60),
        Goal("ours over floor, CT and MR", _ratio(ours, figures.get("floor_per_s")), "of the floor", 0.1),
        Goal(
            "ours over naive, one-image series",
            _ratio(one_image, figures.get("one_image_naive_per_s")),
            "times",
            15,
        ),
        Goal("ours over Orthanc's ingest", _ratio(ours, figures.get("orthanc_per_s")), "times", 10),
        Goal("re-crawl of unchanged files", figures.get("recrawl_per_s"), "files/s", 40_000),
        Goal("peak memory of a worker process", _megabytes(figures), "MB", 300, at_most=True),
        Goal("growth exponent, ten times the files", figures.get("growth_exponent"), "", 1.05, at_most=True),
        Goal("database bytes per CT or MR instance", bytes_each, "bytes", 1500, at_most=True),
    )


def _ratio(value: float | None, baseline: float | None) -> float | None:
    return value / baseline if value is not None and baseline else None


def _largest_corpus(figures: Mapping[str, Any], name: str) -> float | None:
    value: float | None = figures.get(f"big_{name}", figures.get(name))
    return value


def _megabytes(figures: Mapping[str, Any]) -> float | None:
    """The highest peak over all corpora."""
    peaks = [figures.get(f"{prefix}peak_worker_bytes") for prefix in ("", "one_image_", "big_")]
    known = [peak for peak in peaks if peak is not None]
    return max(known) / MEGABYTE if known else None
