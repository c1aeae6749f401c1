"""Where a crawl's time goes: one worker's chunks by the clock, then under the profiler, with PostgreSQL's share."""

import cProfile
import os
import pstats
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from catalog.actions.add_source import add_source
from catalog.actions.control_crawl import start_crawl
from catalog.actions.read_chunk import read_chunk
from catalog.actions.settle_crawl import settle_crawl
from catalog.actions.walk_crawl import walk_crawl
from catalog.benchmarks.corpora import Corpus, warm
from catalog.benchmarks.crew import alone
from catalog.benchmarks.failure import BenchmarkFailed
from catalog.benchmarks.stage import Stage
from catalog.models import Crawl, Source
from governance.models import Collection

WARM_UP_CHUNKS = 2
LEAST_CHUNKS = 2 * (WARM_UP_CHUNKS + 1)
SHOWN = 30
# The steps of a chunk, by the functions that take them.
STEPS = (
    ("compare_chunk.py", "compare_chunk"),
    ("read_files.py", "read_files"),
    ("reader.py", "read_object"),
    ("store_chunk.py", "store_chunk"),
    ("stage_objects.py", "stage"),
    ("split.py", "split"),
    ("varying.py", "write_header"),
    ("varying.py", "decode_varying"),
    ("copying.py", "json_text"),
    ("copying.py", "copy_lines"),
    ("store_chunk.py", "_run"),
)


def profile(stage: Stage, corpus: Corpus) -> dict[str, Any]:
    """Crawl with one process on the stage; half of the chunks plainly, half under cProfile."""
    least = LEAST_CHUNKS * settings.FILES_PER_CHUNK
    if len(corpus.paths) < least:
        raise BenchmarkFailed(f"A profile needs at least {least:,} files.")
    warm(corpus)
    found: dict[str, Any] = alone(f"{__name__}:prepare", [str(corpus.folder)], stage.environment)
    return found


def prepare(folders: Sequence[str]) -> Callable[[], dict[str, Any]]:
    """Return the work of the one process that is profiled."""
    return partial(_crawl, folders[0])


def _crawl(folder: str) -> dict[str, Any]:
    source = add_source(Collection.objects.create(name="bench"), name="bench", location=folder, actor=None)
    crawl = Crawl.objects.select_related("source").get(pk=start_crawl(source, actor=None).pk)
    began = time.perf_counter()
    walk_crawl(crawl.pk)
    walked = time.perf_counter() - began
    chunks = crawl.chunks.count()
    _read_chunks(crawl, WARM_UP_CHUNKS)
    plain = _by_the_clock(crawl, (chunks - WARM_UP_CHUNKS) // 2)
    profiler = cProfile.Profile()
    profiled = profiler.runcall(_read_chunks, crawl, chunks)
    stats = pstats.Stats(profiler)
    settle_crawl(crawl.pk)
    return {
        "walk_files_per_s": crawl.counts().discovered / walked,
        "one_process_recrawl_files_per_s": _recrawl(source),
        **plain,
        "profiled_chunks": profiled,
        "steps": _steps(stats),
        "hot_spots": _hot_spots(stats),
    }


def _recrawl(source: Source) -> float:
    """Files per second of walking and comparing when nothing has changed, one after the other."""
    crawl = Crawl.objects.select_related("source").get(pk=start_crawl(source, actor=None).pk)
    began = time.perf_counter()
    walk_crawl(crawl.pk)
    _read_chunks(crawl, sys.maxsize)
    return crawl.counts().discovered / (time.perf_counter() - began)


def _read_chunks(crawl: Crawl, most: int) -> int:
    done = 0
    while done < most and read_chunk(crawl):
        done += 1
    return done


def _by_the_clock(crawl: Crawl, chunks: int) -> dict[str, float]:
    """Rates of one process, and processor seconds for a thousand files, here and in PostgreSQL's backend."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    files, began = crawl.counts().finished_files, time.perf_counter()
    own, server = time.process_time(), _processor_seconds(backend)
    _read_chunks(crawl, chunks)
    seconds, own = time.perf_counter() - began, time.process_time() - own
    server = _processor_seconds(backend) - server
    files = crawl.counts().finished_files - files
    return {
        "one_process_files_per_s": files / seconds,
        "worker_processor_ms_per_1000": own * 1e6 / files,
        "postgres_processor_ms_per_1000": server * 1e6 / files,
        "waiting_ms_per_1000": (seconds - own - server) * 1e6 / files,
    }


def _processor_seconds(pid: int) -> float:
    """utime and stime of proc_pid_stat(5); 0 where the server is on another machine."""
    try:
        values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")


def _steps(stats: pstats.Stats) -> list[dict[str, Any]]:
    """Seconds in each step and in all that it calls."""
    found = _by_place(stats)
    return [
        {"step": f"{file} {name}", "seconds": found[file, name][3]}
        for file, name in STEPS
        if (file, name) in found
    ]


def _hot_spots(stats: pstats.Stats) -> list[dict[str, Any]]:
    """The functions in which most time is spent, what they call left out."""
    ranked = sorted(_by_place(stats).items(), key=lambda entry: -entry[1][2])
    return [
        {"function": f"{file} {name}", "calls": row[1], "own_seconds": row[2], "seconds": row[3]}
        for (file, name), row in ranked[:SHOWN]
    ]


def _by_place(stats: pstats.Stats) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Rows of pstats (primitive calls, calls, own seconds, seconds, callers) by file name and function."""
    rows: dict[tuple[str, int, str], tuple[Any, ...]] = stats.stats  # type: ignore[attr-defined]
    return {(Path(file).name, name): row for (file, _, name), row in rows.items()}
