"""What the audit trail and the access rules may cost on two cores."""

from collections.abc import Mapping
from typing import Any

from catalog.benchmarks.report import Goal


def audit_goals(figures: Mapping[str, Any]) -> tuple[Goal, ...]:
    """Hold the figures against the goals, by the worst page and the slower of two verifications."""
    sealed = figures["sealed_per_s"]
    bare = figures["sealed_bare_per_s"] / figures["plain_bare_per_s"]
    verified = min(figures["verified_per_s"], figures["verified_offline_per_s"])
    worst = max(page["ratio"] for page in figures["pages"])
    return (
        Goal(
            "sealed over plain insert, 16 writers, 5 ms transactions",
            sealed / figures["plain_per_s"],
            "of plain",
            0.6,
        ),
        Goal("the same, in transactions of nothing else", bare, "of plain", 0.6),
        Goal(
            "sealed over a row-lock hash chain, 5 ms transactions",
            sealed / figures["chain_per_s"],
            "times",
            3,
        ),
        Goal("a page of 100 studies with access rules over without", worst, "times", 1.3, at_most=True),
        Goal("verification, in the database and of a bundle", verified, "events/s", 200_000),
        Goal("explain, 95th percentile", figures["explain_p95_ms"], "ms", 5, at_most=True),
    )
