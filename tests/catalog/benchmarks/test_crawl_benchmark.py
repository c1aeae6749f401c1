"""The crawl's benchmark, whole, on a corpus so small that only its form and its honesty are tested."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from catalog.benchmarks import BENCHMARKS, benchmark
from catalog.benchmarks.corpora import WRITTEN_AT, corpus, sample
from catalog.benchmarks.crawl import CrawlBenchmark
from catalog.benchmarks.crew import timed
from catalog.benchmarks.failure import BenchmarkFailed
from catalog.benchmarks.orthanc import find_orthanc, ingest
from catalog.benchmarks.stage import own_stage
from catalog.models import Instance
from catalog.synthesis import Kind

FILES = 30
SILENT = lambda _line: None  # noqa: E731


@pytest.mark.django_db(transaction=True)
def test_a_run_reports_rates_counts_and_machine_and_touches_no_catalogue(tmp_path):
    archive = corpus(tmp_path, Kind.CT_MR, FILES, SILENT)
    before = _databases()
    with own_stage(tmp_path) as stage:
        run = CrawlBenchmark(stage, processes=1, say=SILENT)
        run.ct_mr(archive, rounds=1)
        report = json.loads(json.dumps(run.report({"files": FILES}).as_json()))
    assert _databases() == before
    assert not Instance.objects.exists()
    _is_well_formed(report)


def _is_well_formed(report: dict[str, Any]) -> None:
    for name in ("ours_per_s", "naive_per_s", "naive_one_row_per_s", "floor_per_s"):
        assert report[name] > 0
        assert report["rounds"][name] == len(report["samples"][name]) == 1
    assert report["counts"]["catalogued"] == FILES
    assert report["counts"]["adds_up"] is True
    assert report["machine"].keys() >= {"cores", "processor", "python", "postgresql"}
    assert report["database_bytes_per_instance"] > 0
    goals = {goal["name"]: goal for goal in report["goals"]}
    assert len(goals) == 8
    assert all(goal.keys() == {"name", "value", "unit", "goal", "bound", "met"} for goal in goals.values())
    ours = goals["ours over naive, CT and MR"]
    assert ours["value"] == report["ours_per_s"] / report["naive_per_s"]
    assert goals["growth exponent, ten times the files"]["met"] is None


def _databases() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{connection.settings_dict['NAME']}%"]
        )
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.peer
def test_orthanc_takes_every_file_of_a_corpus(tmp_path):
    program = find_orthanc()
    if program is None:
        pytest.skip("Orthanc is not installed (Debian package orthanc)")
    archive = corpus(tmp_path, Kind.CT_MR, 8, SILENT)
    assert ingest(program, archive.paths, tmp_path) > 0
    with pytest.raises(BenchmarkFailed):
        ingest(program, [__file__], tmp_path)


def test_a_corpus_is_written_once_and_long_ago(tmp_path):
    said: list[str] = []
    first = corpus(tmp_path, Kind.SINGLE, 6, said.append)
    again = corpus(tmp_path, Kind.SINGLE, 6, said.append)
    assert first == again
    assert len(said) == 1
    assert len(first.paths) == 6
    assert {int(Path(path).stat().st_mtime) for path in first.paths} == {WRITTEN_AT}
    assert len(set(sample(first, 3))) == 3


def test_a_baseline_that_breaks_gives_no_figure(tmp_path):
    missing = [str(tmp_path / "missing.dcm")]
    with pytest.raises(BenchmarkFailed):
        timed("catalog.benchmarks.floor:prepare", missing, 1, os.environ)


def test_every_registered_benchmark_can_be_loaded():
    for name in BENCHMARKS:
        assert callable(benchmark(name).measure)
        assert callable(benchmark(name).add_arguments)


def test_an_unknown_benchmark_is_refused():
    with pytest.raises(CommandError):
        call_command("bench", "nothing")
