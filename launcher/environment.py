"""The project's own Python environment in .venv: made once, installed from a lock, repaired when interrupted."""

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from launcher.console import say
from launcher.installation import cannot_install, install, run
from launcher.layout import ROOT
from launcher.problem import Problem

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "isocenter.json"
UNFINISHED = VENV / "isocenter.unfinished"


class Lock(StrEnum):
    """What to install: what a user needs, or also what tests and checks need."""

    BASE = "base"
    DEV = "dev"

    @property
    def file(self) -> Path:
        return ROOT / "requirements" / f"{self}.txt"


def ensure(lock: Lock) -> None:
    """Make the environment hold what the lock says; returns at once when it does.

    Two first runs at the same time take turns. Raises Problem when it cannot be done.
    """
    if is_current(lock):
        return
    with _alone():
        if not is_current(lock):
            _install(lock)


def is_current(lock: Lock) -> bool:
    """Whether the last finished installation was of this lock, here, with this Python."""
    stamp = _stamp()
    return (
        not UNFINISHED.exists()
        and stamp.get("place") == str(VENV)
        and stamp.get("python") == _made_with() == _running()
        and stamp.get(lock.value) == _digest(lock)
    )


def _stamp() -> dict[str, str]:
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _digest(lock: Lock) -> str:
    return hashlib.sha256(lock.file.read_bytes()).hexdigest()


def _made_with() -> str | None:
    """The version of Python, as 3.11, that the environment was made with, by its own record."""
    try:
        lines = (VENV / "pyvenv.cfg").read_text().splitlines()
    except OSError:
        return None
    settings = dict(line.partition(" = ")[::2] for line in lines)
    version = settings.get("version") or settings.get("version_info") or ""
    return ".".join(version.split(".")[:2])


def _running() -> str | None:
    """The version that runs from the environment, when this process does.

    It changes when the system's Python is exchanged under an environment; its packages are then out of sight.
    """
    if Path(sys.prefix) != VENV:
        return _made_with()
    return f"{sys.version_info.major}.{sys.version_info.minor}"


@contextmanager
def _alone() -> Iterator[None]:
    try:
        lock = (ROOT / ".venv.lock").open("a")
    except OSError as error:
        raise Problem(
            f"{ROOT} cannot be written: {error.strerror}.",
            "Run ./isocenter as the account that owns the folder, or make a copy of your own.",
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another run is setting up the environment; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(lock: Lock) -> None:
    say("Setting up the environment in .venv; this takes a few seconds, once.")
    _make_venv()
    stamp = {"place": str(VENV), "python": _made_with() or ""}
    install(PYTHON, lock.file)
    done = (Lock.BASE, Lock.DEV) if lock is Lock.DEV else (Lock.BASE,)
    STAMP.write_text(json.dumps(stamp | {each.value: _digest(each) for each in done}))
    UNFINISHED.unlink()


def _make_venv() -> None:
    """Make the environment, anew when it was left unfinished, moved, or its Python is gone.

    The mark is set before anything is written and removed last, so an interruption always shows.
    """
    if VENV.is_symlink():
        # What it leads to is somebody else's, who may be using it.
        raise Problem(
            f"{VENV} is a link: making the environment anew would empty what it leads to.",
            f"Remove the link ({VENV}), then run the same command again.",
        )
    usable = (
        VENV.exists()
        and not UNFINISHED.exists()
        and _stamp().get("place", str(VENV)) == str(VENV)
        and _works()
    )
    STAMP.unlink(missing_ok=True)
    try:
        VENV.mkdir(exist_ok=True)
        UNFINISHED.touch()
        if usable:
            return
        _empty(VENV)
    except OSError as error:
        raise cannot_install(f"{error.strerror}: {VENV}") from error
    # The Python behind an environment, not the environment's own, which is being made anew.
    base = getattr(sys, "_base_executable", sys.executable)
    run([base, "-m", "venv", str(VENV)])


def _works() -> bool:
    """Whether the environment's Python starts, is of the version it was made with, and has pip."""
    question = "import pip, sys; print(*sys.version_info[:2], sep='.')"
    try:
        answer = subprocess.run([str(PYTHON), "-c", question], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.returncode == 0 and answer.stdout.strip() == _made_with()


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry == UNFINISHED:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
