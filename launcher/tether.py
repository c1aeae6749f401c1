"""Become a supervised program: recorded in a pid file, and ended when the one who started it ends.

Run as `python -I -S tether.py PARENT PIDFILE SIGNAL ACCOUNT -- PROGRAM ARGUMENT...`. The record is written by
the process itself before it turns into the program, so that no moment exists in which it runs unrecorded.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from launcher.identity import is_alive, started_at

PR_SET_PDEATHSIG = 1  # prctl(2)
WATCH_SECONDS = 0.5


def main(arguments: list[str]) -> None:
    """Record, tie and become the program named after `--`."""
    parent, pidfile, number, account = arguments[:4]
    program = arguments[5:]
    _record(Path(pidfile), int(number), program)
    if account != "-":
        _become(account)
    if not _tie_by_kernel(int(number)):
        _tie_by_watcher(int(parent), int(number))
    if os.getppid() != int(parent):
        sys.exit("The process that asked for this one has ended.")
    os.execv(program[0], program)  # noqa: S606 - no shell is wanted


def _record(pidfile: Path, number: int, program: list[str]) -> None:
    record = {"pid": os.getpid(), "started": started_at(os.getpid()), "signal": number, "program": program}
    fresh = pidfile.with_suffix(".new")
    fresh.write_text(json.dumps(record))
    fresh.replace(pidfile)


def _become(account: str) -> None:
    user, group = (int(part) for part in account.split(":"))
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)


def _tie_by_kernel(number: int) -> bool:
    """Linux sends the signal when the parent ends. Set last: a change of account clears it."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        import ctypes  # noqa: PLC0415 - a Python built without libffi has none
    except ImportError:
        return False
    return bool(ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0) == 0)


def _tie_by_watcher(parent: int, number: int) -> None:
    """Elsewhere a process of its own watches the parent, detached so that the program never meets it."""
    program, beginnings = os.getpid(), (started_at(parent) or "", started_at(os.getpid()) or "")
    if (middle := os.fork()) != 0:
        os.waitpid(middle, 0)
        return
    if os.fork() != 0:
        os._exit(0)
    os.setsid()
    while is_alive(parent, beginnings[0]):
        if not is_alive(program, beginnings[1]):
            os._exit(0)
        time.sleep(WATCH_SECONDS)
    if is_alive(program, beginnings[1]):
        os.kill(program, signal.Signals(number))
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
