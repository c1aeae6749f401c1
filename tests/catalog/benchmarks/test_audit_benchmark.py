"""`./isocenter bench audit` measures what it says, and holds its goals against what it measured."""

import json
import math
from io import StringIO

import pytest
from django.core.management import call_command

from catalog.benchmarks.audit_goals import audit_goals

FIGURES = {
    "sealed_per_s": 700.0,
    "plain_per_s": 1000.0,
    "sealed_bare_per_s": 700.0,
    "plain_bare_per_s": 1000.0,
    "chain_per_s": 200.0,
    "verified_per_s": 300_000.0,
    "verified_offline_per_s": 250_000.0,
    "explain_p95_ms": 2.0,
    "pages": [{"ratio": 1.1}, {"ratio": 1.2}],
}


def test_good_figures_meet_every_goal():
    assert [goal.met for goal in audit_goals(FIGURES)] == [True] * 6


@pytest.mark.parametrize(
    ("worse", "missed"),
    [
        ({"sealed_per_s": 599.0}, {0, 2}),
        ({"sealed_bare_per_s": 599.0}, {1}),
        ({"chain_per_s": 234.0}, {2}),
        ({"pages": [{"ratio": 1.0}, {"ratio": 1.31}]}, {3}),
        ({"verified_offline_per_s": 199_999.0}, {4}),
        ({"verified_per_s": 199_999.0}, {4}),
        ({"explain_p95_ms": 5.1}, {5}),
    ],
)
def test_a_worse_figure_misses_its_goal(worse, missed):
    goals = audit_goals({**FIGURES, **worse})
    assert {number for number, goal in enumerate(goals) if not goal.met} == missed


@pytest.mark.django_db(transaction=True)
def test_a_small_run_measures_everything_and_leaves_nothing(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    written = StringIO()
    small = {"events": 64, "rounds": 1, "verified": 500, "studies": 600, "collections": 12, "people": 20}
    given = [word for name, value in {**small, "grants": 60}.items() for word in (f"--{name}", str(value))]
    call_command("bench", "audit", *given, "--json", stdout=written, stderr=StringIO())
    report = json.loads(written.getvalue())
    assert len(report["goals"]) == 6
    assert all(math.isfinite(goal["value"]) and goal["value"] > 0 for goal in report["goals"])
    assert {page["who"] for page in report["pages"]} == {"everywhere", "one", "ten small", "half", "by group"}
    assert report["events"] >= 500
