"""The project's own Python environment in .venv: made once, installed from a lock, repaired when interrupted."""

import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from launcher.console import say
from launcher.layout import ROOT
from launcher.pip_settings import for_uv
from launcher.problem import Problem

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "isocenter.json"
UNFINISHED = VENV / "isocenter.unfinished"
OFFLINE = (
    "ConnectionError",
    "ConnectTimeout",
    "NameResolution",
    "error sending request",
    "Network is unreachable",
)


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
        and stamp.get("python") == _venv_python()
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


def _venv_python() -> str | None:
    """The version that the environment was made with, by its own record."""
    try:
        lines = (VENV / "pyvenv.cfg").read_text().splitlines()
    except OSError:
        return None
    settings = dict(line.partition(" = ")[::2] for line in lines)
    return settings.get("version") or settings.get("version_info")


@contextmanager
def _alone() -> Iterator[None]:
    with (ROOT / ".venv.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another run is setting up the environment; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(lock: Lock) -> None:
    say("Setting up the environment in .venv; this takes a few seconds, once.")
    _make_venv()
    stamp = {"place": str(VENV), "python": _venv_python() or ""}
    _install_from(lock)
    done = (Lock.BASE, Lock.DEV) if lock is Lock.DEV else (Lock.BASE,)
    STAMP.write_text(json.dumps(stamp | {each.value: _digest(each) for each in done}))
    UNFINISHED.unlink()


def _make_venv() -> None:
    """Make the environment, anew when it was left unfinished, moved, or its Python is gone.

    The mark is set before anything is written and removed last, so an interruption always shows.
    """
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
        raise _cannot_install(f"{error.strerror}: {VENV}") from error
    # The Python behind an environment, not the environment's own, which is being made anew.
    base = getattr(sys, "_base_executable", sys.executable)
    _run([base, "-m", "venv", str(VENV)])


def _works() -> bool:
    """Whether the environment's Python starts, is of the version it was made with, and has pip."""
    question = "import pip, platform; print(platform.python_version())"
    answer = subprocess.run([str(PYTHON), "-c", question], capture_output=True, text=True, check=False)
    return answer.returncode == 0 and answer.stdout.strip() == _venv_python()


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry == UNFINISHED:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _install_from(lock: Lock) -> None:
    """Through uv, which takes 3 s where pip takes 40, or through pip where uv will not do."""
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    install = ["install", "--quiet", "--require-hashes", "--no-deps", "-r"]
    try:
        _run([*pip, "--retries", "2", *install, str(ROOT / "requirements" / "bootstrap.txt")])
        uv = [str(VENV / "bin" / "uv"), "pip", "install", "--python", str(PYTHON)]
        _run([*uv, "--quiet", "--require-hashes", "--no-deps", "-r", str(lock.file)], for_uv(pip))
    except Problem as problem:
        say(f"uv could not install ({_last_line(problem)}); going on with pip, which takes longer.")
        _run([*pip, *install, str(lock.file)])


def _run(program: Sequence[str], more: dict[str, str] | None = None) -> None:
    environment = {**os.environ, **(more or {})}
    # A user's PYTHONPATH or VIRTUAL_ENV must not lead pip to another environment.
    for name in (
        "PYTHONPATH",
        "PYTHONHOME",
        "VIRTUAL_ENV",
        "PIP_TARGET",
        "PIP_PREFIX",
        "PIP_USER",
        "CONDA_PREFIX",
    ):
        environment.pop(name, None)
    answer = subprocess.run(
        program, capture_output=True, text=True, check=False, env=environment, stdin=subprocess.DEVNULL
    )
    if answer.returncode:
        raise _cannot_install(answer.stderr or answer.stdout)


def _cannot_install(said: str) -> Problem:
    cause = "\n".join(f"    {line}" for line in said.strip().splitlines()[-6:])
    if "No space left on device" in said or "Disk quota exceeded" in said:
        remedy = f"Free about 500 MB on the disk of {ROOT}, then run the same command again."
    elif "ensurepip" in said:
        remedy = "Install Python's venv module; on Debian and Ubuntu: apt install python3-venv"
    elif any(sign in said for sign in OFFLINE):
        remedy = (
            "Check the network, then run the same command again. Behind a proxy set HTTPS_PROXY; "
            "with a package mirror of your own set PIP_INDEX_URL and, for its certificate, PIP_CERT."
        )
    else:
        remedy = f"Run the same command again; if that does not help, remove {VENV} first."
    return Problem(
        f"The environment could not be set up (Python {platform.python_version()}):\n{cause}", remedy
    )


def _last_line(problem: Problem) -> str:
    return problem.message.strip().splitlines()[-1].strip()
