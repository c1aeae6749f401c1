"""The files of the embedded PostgreSQL: made once, checked before a start, their damage explained."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from launcher import identity
from launcher.engine import Engine
from launcher.layout import PRIVATE, Layout
from launcher.problem import Problem

ROLE = DATABASE = "isocenter"


def made_by(layout: Layout) -> int | None:
    """The major version that made the data, or None where there is none yet. Raises Problem on damage."""
    if not layout.postgres.exists() or not any(layout.postgres.iterdir()):
        return None
    try:
        return int((layout.postgres / "PG_VERSION").read_text())
    except (OSError, ValueError) as error:
        raise Problem(
            f"The database folder {layout.postgres} is damaged: its PG_VERSION is missing or unreadable.",
            _restore_or_move(layout.postgres),
        ) from error


def make(layout: Layout, engine: Engine, *, durable: bool) -> None:
    """Make the data under another name and rename it, so that an interruption leaves nothing half made."""
    unfinished = layout.data / "postgres.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=PRIVATE)
    if ids := engine.ids():
        os.chown(unfinished, *ids)
    locale = (
        ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if engine.major >= 17 else ["--locale=C"]
    )
    fast = [] if durable else ["-N"]
    words = ["-D", str(unfinished), "-U", ROLE, "-A", "trust", "-E", "UTF8", *locale, *fast]
    _run(engine, [engine.program("initdb"), *words], layout)
    single = [engine.program("postgres"), "--single", "-D", str(unfinished), "-c", "log_min_messages=fatal"]
    _run(engine, [*single, "postgres"], layout, f"CREATE DATABASE {DATABASE};\n")
    if layout.postgres.exists():
        layout.postgres.rmdir()
    unfinished.rename(layout.postgres)


def _run(engine: Engine, program: Sequence[str], layout: Layout, text: str = "") -> None:
    ids = engine.ids()
    answer = subprocess.run(
        [*engine.prefix, *program],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
        cwd="/",
        user=ids[0] if ids else None,
        group=ids[1] if ids else None,
        extra_groups=[] if ids else None,
    )
    if answer.returncode:
        raise failure(layout, answer.stderr)


def clear_stale_lock(layout: Layout) -> None:
    """Remove a lock file whose number now belongs to some other program, which PostgreSQL cannot tell."""
    lock = layout.postgres / "postmaster.pid"
    try:
        pid = int(lock.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return
    if str(layout.postgres) not in identity.command_line(pid):
        lock.unlink(missing_ok=True)


def environment() -> dict[str, str]:
    """English messages, so that causes can be told, and no PG* variable of somebody else's server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}


def failure(layout: Layout, said: str) -> Problem:
    """A Problem in PostgreSQL's own words."""
    telling = [line for line in said.splitlines() if "FATAL" in line or "PANIC" in line or "error:" in line]
    cause = "\n".join(f"    {line}" for line in (telling or said.splitlines())[-4:])
    if "No space left on device" in said or "File too large" in said:
        remedy = f"Free some space on the disk of {layout.data}, then start again; nothing is lost."
    elif "Permission denied" in said or "wrong ownership" in said:
        remedy = f"Correct the owner and permissions of {layout.postgres}."
    else:
        remedy = _restore_or_move(layout.postgres)
    return Problem(f"PostgreSQL did not start. It says:\n{cause}", remedy)


def _restore_or_move(folder: Path) -> str:
    aside = f"{folder.name}.damaged"
    return (
        f"Restore {folder} from a backup, or move it aside (mv '{folder}' '{folder.with_name(aside)}') "
        "to begin with an empty catalogue. Isocenter deletes nothing by itself."
    )
