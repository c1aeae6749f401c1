"""How the embedded PostgreSQL is tuned: a catalogue of many small rows, written in bulk, read by filters."""

import os
import sys
from pathlib import Path

MEGABYTE = 1024 * 1024

FOR_TESTS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
}


def for_machine(major: int) -> dict[str, str]:
    """The settings for a server of this major version on this machine."""
    memory = memory_megabytes()
    shared = min(max(memory // 4, 128), 2048)
    return {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "port": "5432",
        "max_connections": "100",
        "shared_buffers": f"{shared}MB",
        "effective_cache_size": f"{max(memory // 2, 256)}MB",
        "maintenance_work_mem": f"{min(max(memory // 16, 64), 512)}MB",
        "work_mem": "16MB",
        "dynamic_shared_memory_type": _shared_memory_type(),
        "random_page_cost": "1.1",
        # Compiling costs more than the short queries of a page take.
        "jit": "off",
        "synchronous_commit": "on",
        "wal_compression": "on",
        "max_wal_size": "2GB",
        "min_wal_size": "256MB",
        "checkpoint_timeout": "15min",
        "checkpoint_completion_target": "0.9",
        "timezone": "UTC",
        "log_timezone": "UTC",
        **_quiet_about_patients(),
        **({"autovacuum_vacuum_max_threshold": "1000000"} if major >= 18 else {}),
    }


def _quiet_about_patients() -> dict[str, str]:
    """Errors, their details and their statements quote values, which may name patients: none is logged.

    The client is told all of them all the same. In this order of severity `log` leaves out ERROR.
    """
    return {
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_statement": "none",
        "log_min_duration_statement": "-1",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
        "log_autovacuum_min_duration": "-1",
    }


def memory_megabytes() -> int:
    """The machine's memory, or less where a control group allows less."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    allowed = [machine]
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            allowed.append(int(Path(limit).read_text()))
        except (OSError, ValueError):  # no such controller, or "max"
            continue
    return min(allowed) // MEGABYTE


def _shared_memory_type() -> str:
    """Containers often give /dev/shm 64 MB, too little for a parallel query."""
    if not sys.platform.startswith("linux"):
        return "posix"
    try:
        room = os.statvfs("/dev/shm")  # noqa: S108 - asked for its size only
    except OSError:
        return "sysv"
    return "posix" if room.f_blocks * room.f_frsize >= 512 * MEGABYTE else "sysv"
