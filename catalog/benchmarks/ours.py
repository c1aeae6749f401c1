"""Our crawl, as the command line does it: Celery workers of their own, and ./isocenter crawl beside them."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from celery import Celery
from django.conf import settings

from catalog.benchmarks.failure import BenchmarkFailed
from catalog.benchmarks.stage import Stage
from governance.env import celery_broker

START_SECONDS = 60.0
STOP_SECONDS = 60.0


@contextmanager
def workers(stage: Stage, processes: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a Celery worker with this many processes, and wait until it answers.

    The options are those of ./isocenter up, without the limit on memory: a process that is replaced when it
    grows would hide how far it grew.
    """
    command = [sys.executable, "-m", "celery", "-A", "governance.celery:app", "worker", "--pool", "prefork"]
    options = [
        "--concurrency",
        str(processes),
        "--without-gossip",
        "--without-mingle",
        "--loglevel",
        "WARNING",
    ]
    with _log(stage).open("ab") as log:
        worker = subprocess.Popen(
            [*command, *options, "--hostname", "bench@%h"],
            env=stage.environment,
            cwd=settings.BASE_DIR,
            stdout=log,
            stderr=log,
            process_group=0,
        )
    try:
        _wait_for_answer(stage, worker)
        yield worker
    finally:
        worker.terminate()
        try:
            worker.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()


def crawl(stage: Stage, folder: Path) -> dict[str, Any]:
    """Crawl a folder and return the command's own counts, whose `seconds` begin with the crawl's start.

    Raises BenchmarkFailed unless every file was catalogued, or found unchanged, and the sums are right.
    """
    command = [sys.executable, "manage.py", "crawl", str(folder), "--json"]
    with _log(stage).open("ab") as log:
        answer = subprocess.run(
            command,
            env=stage.environment,
            cwd=settings.BASE_DIR,
            stdout=subprocess.PIPE,
            stderr=log,
            check=False,
        )
    if answer.returncode:
        raise BenchmarkFailed(f"The crawl failed; see {_log(stage)}.")
    counts: dict[str, Any] = json.loads(answer.stdout)
    if not counts["adds_up"] or counts["catalogued"] + counts["unchanged"] != counts["discovered"]:
        raise BenchmarkFailed(f"Not every file was catalogued, so the rate says nothing: {counts}")
    return counts


def peak_bytes(worker: "subprocess.Popen[bytes]") -> int | None:
    """The most memory that any process of the worker ever had resident; None where /proc does not tell."""
    try:
        children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
        return max(_peak(pid) for pid in (str(worker.pid), *children))
    except OSError:
        return None


def _peak(pid: str) -> int:
    """VmHWM of proc_pid_status(5), in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def _wait_for_answer(stage: Stage, worker: "subprocess.Popen[bytes]") -> None:
    application = Celery("bench", broker=celery_broker(stage.redis_url), set_as_current=False)
    deadline = time.monotonic() + START_SECONDS
    while not application.control.ping(timeout=0.5, limit=1):
        if worker.poll() is not None or time.monotonic() > deadline:
            raise BenchmarkFailed(f"The workers did not start; see {_log(stage)}.")
    application.close()


def _log(stage: Stage) -> Path:
    return stage.folder / "bench.log"
