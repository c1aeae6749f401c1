"""Benchmarks are commands: ./isocenter bench NAME measures against a baseline, in one run, alternating.

To add one: write a module with the two functions of Benchmark, in any app, and name it in BENCHMARKS.
"""

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Protocol, cast

from catalog.benchmarks.report import Goal, Report

BENCHMARKS = {"audit": "catalog.benchmarks.audit", "crawl": "catalog.benchmarks.crawl"}

Say = Callable[[str], None]


class Benchmark(Protocol):
    """What a module named in BENCHMARKS has."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options of this benchmark."""
        ...

    def measure(self, options: Mapping[str, Any], say: Say) -> Report:
        """Measure, telling `say` what is being done; raises BenchmarkFailed when there is nothing to report."""
        ...


def benchmark(name: str) -> Benchmark:
    """Load one benchmark."""
    return cast("Benchmark", import_module(BENCHMARKS[name]))


__all__ = ["BENCHMARKS", "Benchmark", "Goal", "Report", "Say", "benchmark"]
