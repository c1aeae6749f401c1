"""`./isocenter status`: what runs on the data folder."""

import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from launcher import leftovers, options, ownership
from launcher.layout import Layout

DOWN = 3
"""The status of a service that is not running, as in the Linux Standard Base's init scripts."""


@dataclass(frozen=True)
class Running:
    """One process; uptime in seconds."""

    name: str
    pid: int
    uptime: float


@dataclass(frozen=True)
class Status:
    """What runs on a data folder; `running` means that the web is served."""

    running: bool
    command: str | None
    pid: int | None
    address: str
    data: str
    data_bytes: int
    processes: list[Running]


def run(arguments: Sequence[str]) -> int:
    """Print what runs; return 0 when the web is served, 3 when it is not."""
    parser = options.parser("status", "Tell what runs on the data folder.")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    chosen = parser.parse_args(arguments)
    status = look(options.layout(chosen))
    print(json.dumps(asdict(status)) if chosen.json else _text(status))
    return 0 if status.running else DOWN


def look(layout: Layout) -> Status:
    """Look at the data folder, changing nothing."""
    owner = ownership.current_owner(layout)
    return Status(
        running=bool(owner and owner.address),
        command=owner.command if owner else None,
        pid=owner.pid if owner else None,
        address=owner.address if owner else "",
        data=str(layout.data),
        data_bytes=_size(layout.data),
        processes=_processes(layout),
    )


def _processes(layout: Layout) -> list[Running]:
    """From the pid files; each was written when its process began."""
    now = time.time()
    return [
        Running(each.name, each.pid, round(now - each.pidfile.stat().st_mtime, 1))
        for each in leftovers.recorded(layout)
        if each.alive()
    ]


def _text(status: Status) -> str:
    head = f"running at {status.address} (pid {status.pid})" if status.running else "not running"
    if status.command and not status.running:
        head += f", but ./isocenter {status.command} (pid {status.pid}) is at work"
    lines = [f"Isocenter is {head}", f"  data      {status.data}, {status.data_bytes / 1_000_000:,.1f} MB"]
    lines += [f"  {each.name:<9} pid {each.pid}, up {_span(each.uptime)}" for each in status.processes]
    return "\n".join(lines)


def _span(seconds: float) -> str:
    minutes, hours = int(seconds) // 60, int(seconds) // 3600
    if hours >= 24:
        return f"{hours // 24} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {int(seconds) % 60} s" if minutes else f"{seconds:.0f} s"


def _size(folder: Path) -> int:
    """Bytes of all files; those that vanish meanwhile, as a database's do, count nothing."""
    total = 0
    for base, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(base) / name).lstat().st_size
            except OSError:
                continue
    return total
