"""./isocenter bench: measure against a baseline, and say whether the goals are met."""

import json
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.management.base import CommandError
from rich.console import Console
from rich.table import Table

from catalog.benchmarks import BENCHMARKS, Goal, Report, benchmark
from catalog.benchmarks.failure import BenchmarkFailed
from governance.command import GovernedCommand

VERDICTS = {True: "met", False: "missed", None: "not measured"}


class Command(GovernedCommand):
    help = "Run a benchmark. It takes a database of its own, and minutes; goals that are missed are no error."
    permission = None
    open_because = "it measures invented data in a database of its own, which it drops"

    def add_arguments(self, parser: ArgumentParser) -> None:
        names = parser.add_subparsers(dest="name", metavar="NAME", required=True)
        for name in BENCHMARKS:
            of_one = names.add_parser(name)
            benchmark(name).add_arguments(of_one)
            of_one.add_argument("--json", action="store_true", help="print the report as one JSON object")

    def handle(self, **options: Any) -> None:
        # Asked to end, it still stops its workers and drops its database.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        try:
            report = benchmark(options["name"]).measure(options, self._say)
        except BenchmarkFailed as failure:
            raise CommandError(str(failure)) from failure
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json()))
        else:
            _show(report, Console())

    def _say(self, line: str) -> None:
        self.stderr.write(line)
        self.stderr.flush()


def _show(report: Report, console: Console) -> None:
    console.print(_figures(report.figures))
    for name, rows in report.figures.items():
        if isinstance(rows, list) and rows and isinstance(rows[0], Mapping):
            console.print(_rows(name, rows))
    if report.goals:
        console.print(_goals(report.goals))


def _figures(figures: Mapping[str, Any]) -> Table:
    table = Table("Figure", "Value")
    for name, value in figures.items():
        if isinstance(value, Mapping):
            table.add_row(name, ", ".join(f"{key} {_number(each)}" for key, each in value.items()))
        elif not isinstance(value, list):
            table.add_row(name, _number(value))
    return table


def _rows(name: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(*rows[0], title=name)
    for row in rows:
        table.add_row(*map(_number, row.values()))
    return table


def _goals(goals: Sequence[Goal]) -> Table:
    table = Table("Goal", "Measured", "Bound", "")
    for goal in goals:
        measured = "" if goal.value is None else f"{_number(goal.value)} {goal.unit}"
        table.add_row(goal.name, measured, goal.bound, VERDICTS[goal.met])
    return table


def _number(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.3f}" if abs(value) < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
