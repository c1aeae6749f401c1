"""One child process: started through the tether, logged to a file, stopped with patience."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from launcher.layout import ROOT, Layout

LOG_LIMIT_BYTES = 10_000_000
LOGS_KEPT = 3


@dataclass(frozen=True)
class Program:
    """What to run and how to end it."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    end: signal.Signals = signal.SIGTERM
    patience: float = 10.0
    """Seconds between asking to end and killing."""
    folder: Path = ROOT
    prefix: Sequence[str] = ()
    """What runs the tether, such as unshare."""
    account: str = "-"
    """uid:gid to become, or - to stay."""
    sockets: Sequence[int] = ()
    """Listening sockets handed down by number."""


@dataclass
class Child:
    """A running Program."""

    program: Program
    process: "subprocess.Popen[bytes]"
    pidfile: Path
    log: Path
    _ending: bool = field(default=False, init=False)

    @property
    def name(self) -> str:
        return self.program.name

    def ended(self) -> int | None:
        """The exit status, negative for a signal, or None while it runs."""
        return self.process.poll()

    def ask_to_end(self) -> None:
        if self.ended() is None and not self._ending:
            self._ending = True
            self.process.send_signal(self.program.end)

    def stop(self, patience: float | None = None) -> None:
        """Ask, wait, kill, and leave nothing of its process group behind."""
        self.ask_to_end()
        try:
            self.process.wait(self.program.patience if patience is None else patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        # Only stragglers are left in the group of a leader that has been waited for.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.pidfile.unlink(missing_ok=True)


def start(program: Program, layout: Layout) -> Child:
    """Start the program in a session of its own, so that Ctrl-C reaches only its supervisor.

    Call from the main thread: Linux ties a child to the thread that made it.
    """
    pidfile = layout.run / f"{program.name}.pid"
    log = layout.log / f"{program.name}.log"
    rotate(log)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*program.prefix, *_tether(program, pidfile), *program.arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=program.folder,
            env=dict(program.environment),
            start_new_session=True,
            pass_fds=program.sockets,
        )
    return Child(program, process, pidfile, log)


def rotate(log: Path) -> None:
    """Set a log aside once it is large; the oldest of three is dropped."""
    if not log.exists() or log.stat().st_size < LOG_LIMIT_BYTES:
        return
    for number in range(LOGS_KEPT, 0, -1):
        older = log.with_name(f"{log.name}.{number}")
        newer = log.with_name(f"{log.name}.{number - 1}") if number > 1 else log
        if newer.exists():
            newer.replace(older)


def log_tail(layout: Layout, name: str, lines: int = 5) -> str:
    """The last lines of a program's log, for a message."""
    try:
        text = (layout.log / f"{name}.log").read_bytes()[-8000:].decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])


def _tether(program: Program, pidfile: Path) -> list[str]:
    script = str(Path(__file__).with_name("tether.py"))
    words = [str(os.getpid()), str(pidfile), str(int(program.end)), program.account, "--"]
    return [sys.executable, "-I", "-S", script, *words]
