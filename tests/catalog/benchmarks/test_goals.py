"""What a benchmark claims is what it measured."""

import pytest

from catalog.benchmarks.crawl_goals import crawl_goals
from catalog.benchmarks.report import Goal, Report

FIGURES = {
    "ours_per_s": 6000.0,
    "naive_per_s": 100.0,
    "floor_per_s": 60000.0,
    "one_image_ours_per_s": 1500.0,
    "one_image_naive_per_s": 100.0,
    "orthanc_per_s": 600.0,
    "recrawl_per_s": 40000.0,
    "peak_worker_bytes": 200_000_000,
    "one_image_peak_worker_bytes": 300_000_000,
    "big_peak_worker_bytes": 100_000_000,
    "growth_exponent": 1.05,
    "database_bytes_per_instance": 1400.0,
    "big_database_bytes_per_instance": 1500.0,
}


@pytest.mark.parametrize(
    ("value", "at_most", "met"),
    [
        (10.0, False, True),
        (9.999999, False, False),  # would be 10 when rounded
        (10.0, True, True),
        (10.000001, True, False),
        (None, False, None),  # not measured is not met
        (None, True, None),
    ],
)
def test_a_goal_is_met_by_the_unrounded_value_only(value, at_most, met):
    assert Goal("rate", value, "files/s", 10, at_most=at_most).met is met


def test_figures_on_the_bounds_meet_every_goal():
    assert [goal.met for goal in crawl_goals(FIGURES)] == [True] * 8


@pytest.mark.parametrize(
    ("changed", "missed"),
    [
        ({"naive_per_s": 100.1}, ["ours over naive, CT and MR"]),
        ({"floor_per_s": 60001.0}, ["ours over floor, CT and MR"]),
        ({"one_image_naive_per_s": 101.0}, ["ours over naive, one-image series"]),
        ({"orthanc_per_s": 601.0}, ["ours over Orthanc's ingest"]),
        ({"recrawl_per_s": 39999.9}, ["re-crawl of unchanged files"]),
        ({"growth_exponent": 1.0501}, ["growth exponent, ten times the files"]),
        # The highest peak of all corpora counts, and the size of the largest.
        ({"one_image_peak_worker_bytes": 300_000_001}, ["peak memory of a worker process"]),
        ({"big_peak_worker_bytes": 300_000_001}, ["peak memory of a worker process"]),
        ({"big_database_bytes_per_instance": 1501.0}, ["database bytes per CT or MR instance"]),
        ({"database_bytes_per_instance": 1501.0}, []),
    ],
)
def test_one_figure_beyond_its_bound_misses_one_goal(changed, missed):
    assert [goal.name for goal in crawl_goals(FIGURES | changed) if goal.met is False] == missed


def test_what_was_not_measured_has_no_value_and_is_not_met():
    figures = {name: value for name, value in FIGURES.items() if name != "orthanc_per_s"}
    goals = {goal.name: goal for goal in crawl_goals(figures)}
    assert goals["ours over Orthanc's ingest"].value is None
    assert goals["ours over Orthanc's ingest"].met is None


def test_the_report_holds_figures_and_goals_unrounded():
    report = Report({"ours_per_s": 1234.56789}, [Goal("rate", 1234.56789, "files/s", 2000)])
    assert report.as_json() == {
        "ours_per_s": 1234.56789,
        "goals": [
            {
                "name": "rate",
                "value": 1234.56789,
                "unit": "files/s",
                "goal": 2000,
                "bound": "at least",
                "met": False,
            }
        ],
    }
