"""The four programs of Isocenter itself: web, worker, beat and sealer."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from launcher.child import Program
from launcher.environment import PYTHON
from launcher.layout import ROOT, Layout

WEB_WORKERS = 2
WEB_THREADS = 4
# A pool process beyond this is replaced after its task.
WORKER_LIMIT_KILOBYTES = 400_000


def web(environment: Mapping[str, str], listening: int) -> Program:
    """gunicorn on a socket that stays open while gunicorn is restarted."""
    memory = ["--worker-tmp-dir", "/dev/shm"] if Path("/dev/shm").is_dir() else []  # noqa: S108
    options = ["--worker-class", "gthread", "--workers", str(WEB_WORKERS), "--threads", str(WEB_THREADS)]
    # The address line of a request is never logged: it may hold what somebody searched for.
    logs = ["--logger-class", "governance.serving.ServerLog"]
    # The longest address is a list with every filter set; no browser sends half as many headers.
    limits = ["--limit-request-line", "8190", "--limit-request-fields", "64"]
    quiet = [*logs, "--preload", "--no-control-socket", "--log-level", "warning", "--graceful-timeout", "10"]
    return Program(
        name="web",
        arguments=[
            *_module("gunicorn", "governance.wsgi:application", "--bind", f"fd://{listening}"),
            *options,
            *limits,
            *memory,
            *quiet,
        ],
        environment=environment,
        patience=15.0,
        sockets=(listening,),
    )


def worker(layout: Layout, environment: Mapping[str, str]) -> Program:
    """One Celery worker with a process per core, or ISOCENTER_WORKERS of them."""
    concurrency = environment.get("ISOCENTER_WORKERS") or str(_cores())
    return Program(
        name="worker",
        arguments=[
            *_module("celery", "-A", "governance.celery:app", "worker", "--pool", "prefork"),
            *("--concurrency", concurrency, "--hostname", f"{_node(layout)}@%h"),
            *("--without-gossip", "--without-mingle", "--loglevel", "INFO"),
            *("--max-memory-per-child", str(WORKER_LIMIT_KILOBYTES)),
        ],
        environment=environment,
        # Killed later than this a task is delivered again; all of them bear that.
        patience=30.0,
    )


def beat(layout: Layout, environment: Mapping[str, str]) -> Program:
    """Celery's clock."""
    schedule = str(layout.run / "beat-schedule")
    return Program(
        name="beat",
        arguments=_module(
            *("celery", "-A", "governance.celery:app", "beat"),
            *("--schedule", schedule, "--pidfile", "", "--loglevel", "WARNING"),
        ),
        environment=environment,
        patience=5.0,
    )


def sealer(environment: Mapping[str, str]) -> Program:
    """Who gives audit events their places and signs."""
    return Program(
        name="sealer",
        arguments=[str(PYTHON), str(ROOT / "manage.py"), "audit", "seal", "--watch"],
        environment=environment,
        patience=10.0,
    )


def _module(*words: str) -> list[str]:
    """By module, because a script's first line cannot hold every path."""
    return [str(PYTHON), "-m", *words]


def _node(layout: Layout) -> str:
    """A worker name of its own for every data folder, else two on one broker take each other's replies."""
    return f"isocenter-{hashlib.sha256(str(layout.data).encode()).hexdigest()[:8]}"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
