"""How fast a crawl is, against what else reads and stores the same files, in one run."""

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from math import log
from pathlib import Path
from typing import Any

from django.conf import settings

from catalog.benchmarks import floor, hot_spots, naive, orthanc
from catalog.benchmarks.corpora import Corpus, corpus, sample, warm
from catalog.benchmarks.crawl_goals import crawl_goals
from catalog.benchmarks.crew import timed
from catalog.benchmarks.machine import cores, describe_machine
from catalog.benchmarks.ours import crawl, peak_bytes, workers
from catalog.benchmarks.report import Report
from catalog.benchmarks.rounds import Measure, alternate, medians
from catalog.benchmarks.stage import Stage, own_stage
from catalog.synthesis import Kind

# Enough to be stable, few enough that a round ends within half a minute.
NAIVE_FILES = 400
ORTHANC_FILES = 2000
GROWTH = 10

Say = Callable[[str], None]


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--files", type=int, default=20_000, help="files of each corpus (default: %(default)s)"
    )
    parser.add_argument(
        "--rounds", type=int, default=5, help="rounds of the short ones (default: %(default)s)"
    )
    parser.add_argument(
        "--growth-rounds",
        type=int,
        default=3,
        help=f"rounds with {GROWTH} times the files (default: %(default)s; 0 leaves growth and re-crawl out)",
    )
    parser.add_argument(
        "--profile",
        type=Kind,
        choices=list(Kind),
        help="show where the time of one worker goes over this kind of corpus, and measure nothing else",
    )


def measure(options: Mapping[str, Any], say: Say) -> Report:
    """Measure all, or profile; the stage is a database of its own and gone afterwards."""
    folder = Path(settings.DATA_DIR) / "bench"
    with own_stage(folder) as stage:
        say("A database and a broker of its own are ready")
        if kind := options["profile"]:
            return Report(hot_spots.profile(stage, corpus(folder, kind, options["files"], say)))
        found = corpus(folder, Kind.CT_MR, options["files"], say)
        run = CrawlBenchmark(stage, cores(), say, peer=orthanc.find_orthanc())
        run.ct_mr(found, options["rounds"])
        run.one_image(corpus(folder, Kind.SINGLE, options["files"], say), options["rounds"])
        if options["growth_rounds"]:
            big = corpus(folder, Kind.CT_MR, options["files"] * GROWTH, say)
            run.growth(found, big, options["growth_rounds"])
        return run.report(options)


@dataclass
class CrawlBenchmark:
    """One run: blocks of alternating measures, and what they found; `peer` is Orthanc's program, if it takes part."""

    stage: Stage
    processes: int
    say: Say
    peer: str | None = None
    figures: dict[str, Any] = field(default_factory=dict)
    samples: dict[str, list[float]] = field(default_factory=dict)

    def ct_mr(self, found: Corpus, rounds: int) -> None:
        """Our crawl, both baselines, the floor and Orthanc over CT and MR series."""
        self.say(f"{len(found.paths):,} CT and MR files")
        warm(found)
        measures: dict[str, Measure] = {
            "naive_per_s": partial(self._naive, found, "prepare"),
            "naive_one_row_per_s": partial(self._naive, found, "prepare_one_row"),
            # After the baselines, so that the tables hold what we made of the files when their size is taken.
            "ours_per_s": partial(self._ours, found),
            "floor_per_s": partial(self._floor, found),
        }
        if self.peer is not None:
            measures["orthanc_per_s"] = partial(self._orthanc, self.peer, found)
        with workers(self.stage, self.processes) as worker:
            self._alternate(measures, rounds)
            self.figures["peak_worker_bytes"] = peak_bytes(worker)
        self._note_size(found, "")

    def one_image(self, found: Corpus, rounds: int) -> None:
        """Our crawl and both baselines over series of one image each: nothing is shared, all is decoded."""
        self.say(f"{len(found.paths):,} one-image series")
        warm(found)
        measures: dict[str, Measure] = {
            "one_image_naive_per_s": partial(self._naive, found, "prepare"),
            "one_image_naive_one_row_per_s": partial(self._naive, found, "prepare_one_row"),
            "one_image_ours_per_s": partial(self._ours, found),
            "one_image_floor_per_s": partial(self._floor, found),
        }
        with workers(self.stage, self.processes) as worker:
            self._alternate(measures, rounds)
            self.figures["one_image_peak_worker_bytes"] = peak_bytes(worker)
        self._note_size(found, "one_image_")

    def growth(self, small: Corpus, big: Corpus, rounds: int) -> None:
        """The same crawl over ten times the files, and again with nothing changed."""
        self.say(f"{len(big.paths):,} CT and MR files")
        warm(big)
        measures: dict[str, Measure] = {
            "small_seconds": partial(self._crawl_seconds, small),
            "big_seconds": partial(self._crawl_seconds, big),
            "recrawl_per_s": partial(self._recrawl, big),
            "second_recrawl_per_s": partial(self._recrawl, big),
        }
        with workers(self.stage, self.processes) as worker:
            self._alternate(measures, rounds)
            self.figures["big_peak_worker_bytes"] = peak_bytes(worker)
        self.samples["recrawl_per_s"] += self.samples.pop("second_recrawl_per_s")
        self._note_size(big, "big_")
        seconds = medians(self.samples)
        self.figures["big_files"] = len(big.paths)
        self.figures["growth_exponent"] = log(seconds["big_seconds"] / seconds["small_seconds"]) / log(
            len(big.paths) / len(small.paths)
        )

    def report(self, options: Mapping[str, Any]) -> Report:
        """Medians, what they were taken from, and the goals."""
        figures = {
            "benchmark": "crawl",
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": describe_machine(self.stage.database),
            "processes": self.processes,
            "files": options["files"],
            "rounds": {name: len(values) for name, values in self.samples.items()},
            **medians(self.samples),
            **self.figures,
            "samples": self.samples,
            "naive_is": naive.IN_WORDS,
            "naive_one_row_is": naive.ONE_ROW_IN_WORDS,
            "orthanc_is": orthanc.IN_WORDS,
        }
        return Report(figures, crawl_goals(figures))

    def _alternate(self, measures: Mapping[str, Measure], rounds: int) -> None:
        self.samples |= alternate(measures, rounds, self.say)

    def _ours(self, found: Corpus) -> float:
        return len(found.paths) / self._crawl_seconds(found)

    def _crawl_seconds(self, found: Corpus) -> float:
        self.stage.empty()
        counts = crawl(self.stage, found.folder)
        self.figures["counts"] = counts
        return float(counts["seconds"])

    def _recrawl(self, found: Corpus) -> float:
        counts = crawl(self.stage, found.folder)
        self.figures["recrawl_counts"] = counts
        return len(found.paths) / float(counts["seconds"])

    def _naive(self, found: Corpus, how: str) -> float:
        self.stage.empty()
        paths = sample(found, NAIVE_FILES)
        seconds = timed(f"{naive.__name__}:{how}", paths, self.processes, self.stage.environment)
        return len(paths) / seconds

    def _floor(self, found: Corpus) -> float:
        seconds = timed(f"{floor.__name__}:prepare", found.paths, self.processes, self.stage.environment)
        return len(found.paths) / seconds

    def _orthanc(self, program: str, found: Corpus) -> float:
        paths = sample(found, ORTHANC_FILES)
        return len(paths) / orthanc.ingest(program, paths, self.stage.folder)

    def _note_size(self, found: Corpus, prefix: str) -> None:
        """Bytes per instance in the catalogue as the last crawl left it."""
        size = self.stage.catalogue_bytes()
        self.figures[f"{prefix}database_bytes_per_instance"] = size / len(found.paths)
        self.figures[f"{prefix}file_bytes_per_instance"] = found.bytes / len(found.paths)
