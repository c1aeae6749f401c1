"""Stopping what a killed supervisor left running."""

import json
import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from launcher.identity import group_members, is_alive
from launcher.layout import Layout

PATIENCE_SECONDS = 10.0
POLL_SECONDS = 0.05
# Those that use the services end before the services.
ORDER = ("web", "beat", "worker", "valkey", "postgres")


@dataclass(frozen=True)
class Leftover:
    """A process that a pid file of ours names, with the group that it leads."""

    name: str
    pid: int
    started: str
    end: signal.Signals
    program: str
    pidfile: Path

    def alive(self) -> bool:
        return is_alive(self.pid, self.started)

    def orphans(self) -> list[int]:
        """What is left of its group. A forked child keeps the command line, so a stranger's group is told apart."""
        return [pid for pid, command in group_members(self.pid) if command == self.program]


def recorded(layout: Layout) -> list[Leftover]:
    """What the pid files name, whether it still runs or not, in the order of ending."""
    pidfiles = sorted(layout.run.glob("*.pid"), key=_place)
    return [leftover for pidfile in pidfiles if (leftover := _read(pidfile))]


def stop(layout: Layout) -> list[str]:
    """Stop every leftover, in order, and return their names. Call while owning the folder."""
    leftovers = [each for each in recorded(layout) if each.alive() or each.orphans()]
    for leftover in leftovers:
        _stop(leftover)
    for pidfile in layout.run.glob("*.pid"):
        pidfile.unlink(missing_ok=True)
    return [leftover.name for leftover in leftovers]


def _place(pidfile: Path) -> int:
    return ORDER.index(pidfile.stem) if pidfile.stem in ORDER else 0


def _read(pidfile: Path) -> Leftover | None:
    try:
        record = json.loads(pidfile.read_text())
        program = " ".join(record["program"])
        end = signal.Signals(record["signal"])
        return Leftover(pidfile.stem, record["pid"], record["started"], end, program, pidfile)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _stop(leftover: Leftover) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    if leftover.alive():
        _send(leftover.pid, leftover.end)
    while leftover.alive() and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    if leftover.alive():
        _send(leftover.pid, signal.SIGKILL)
    for orphan in leftover.orphans():
        _send(orphan, signal.SIGKILL)


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
