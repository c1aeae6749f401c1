"""Telling one process from another that was given the same number later."""

import os
import subprocess
from pathlib import Path

HAS_PROC = Path("/proc/self/stat").exists()


def started_at(pid: int) -> str | None:
    """When the process began, in the system's own notation, or None if there is no such process.

    Numbers are used again and start times are not, so the pair names one process for good. On Linux the
    boot is part of it, because start times count from there.
    """
    if HAS_PROC:
        return _from_proc(pid)
    return _from_ps(pid)


def is_alive(pid: int, started: str) -> bool:
    """Whether that very process still runs."""
    return started_at(pid) == started


def group_members(group: int) -> list[tuple[int, str]]:
    """The processes of a process group with their command lines."""
    if HAS_PROC:
        return _members_from_proc(group)
    listing = _ps("-axo", "pid=,pgid=,command=")
    rows = (line.split(None, 2) for line in listing.splitlines())
    return [(int(row[0]), row[2]) for row in rows if len(row) == 3 and int(row[1]) == group]


def command_line(pid: int) -> str:
    """The command line with spaces between the arguments, or '' if there is no such process."""
    if HAS_PROC:
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return ""
        return raw.replace(b"\0", b" ").decode(errors="replace").strip()
    return _ps("-o", "command=", "-p", str(pid)).strip()


def _stat_fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on (field 3 of proc(5)), or [] without such a process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return []
    # The second field is the program's name, which may hold spaces and brackets itself.
    return text.rpartition(")")[2].split()


def _from_proc(pid: int) -> str | None:
    fields = _stat_fields(pid)
    if not fields or fields[0] in "ZX":
        return None
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot} {fields[19]}"


def _members_from_proc(group: int) -> list[tuple[int, str]]:
    found = []
    for entry in os.listdir("/proc"):  # noqa: PTH208 - names are all that is wanted
        if entry.isdigit():
            fields = _stat_fields(int(entry))
            if fields and fields[0] not in "ZX" and int(fields[2]) == group:
                found.append((int(entry), command_line(int(entry))))
    return found


def _from_ps(pid: int) -> str | None:
    state, _, started = _ps("-o", "state=,lstart=", "-p", str(pid)).strip().partition(" ")
    return None if not started or state.startswith("Z") else started.strip()


def _ps(*arguments: str) -> str:
    # lstart is written in the language of the locale; the record must read the same for everybody.
    answer = subprocess.run(
        ["ps", *arguments], capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"}
    )
    return answer.stdout
