"""On what a figure was measured."""

import os
import platform
from pathlib import Path

from django.db.backends.base.base import BaseDatabaseWrapper


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def describe_machine(database: BaseDatabaseWrapper) -> dict[str, str | int | float]:
    """Processor, memory and the versions of what takes part; a host's name says nothing and is left out."""
    with database.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('synchronous_commit')")
        postgres, synchronous_commit = cursor.fetchone()
    return {
        "cores": cores(),
        "processor": _processor(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "load_before": os.getloadavg()[0],
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "postgresql": postgres,
        "synchronous_commit": synchronous_commit,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
