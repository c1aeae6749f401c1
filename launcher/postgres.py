"""A private PostgreSQL in the data folder: made once, started, stopped, and its failures explained."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from launcher import child, identity, postgres_settings
from launcher.child import Child, Program
from launcher.engine import Engine, choose_engine
from launcher.layout import PRIVATE, Layout
from launcher.problem import Problem
from launcher.sockets import socket_folder

NAME = "postgres"
ROLE = DATABASE = "isocenter"
READY_SECONDS = 120.0
POLL_SECONDS = 0.01
# After a kill the old backends need a moment to notice; until then their shared memory is in the way.
HANDOVER_SECONDS = 10.0
HANDOVER_SIGNS = ("shared memory block", "lock file", "is another postmaster")


def url(sockets: Path) -> str:
    """The address of the embedded server, as DATABASE_URL takes it."""
    return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(sockets))}"


def start(layout: Layout, *, durable: bool = True) -> Child:
    """Start the server, making its data at the first start, and return when it takes connections.

    `durable=False` is for tests: faster, and a crash of the machine may cost the data.
    Raises Problem, with the log's own words, when it does not come up.
    """
    wanted = made_by(layout)
    engine = choose_engine(wanted, layout.data)
    if wanted is None:
        _make(layout, engine, durable=durable)
    sockets = socket_folder(layout, apart=engine.account != "-")
    if ids := engine.ids():
        _hand_over(layout, sockets, ids)
    _clear_stale_lock(layout)
    program = _program(layout, engine, sockets, durable=durable)
    deadline = time.monotonic() + HANDOVER_SECONDS
    while True:
        begun = _log_size(layout)
        server = child.start(program, layout)
        if _becomes_ready(layout, server):
            return server
        said = _log_since(layout, begun)
        if (status := server.ended()) is not None and status < 0:
            raise Problem(
                f"PostgreSQL was ended by signal {-status} while it started.",
                "Start again: it recovers from its log, and nothing that was committed is lost.",
            )
        if time.monotonic() > deadline or not any(sign in said for sign in HANDOVER_SIGNS):
            raise _failure(layout, said)
        time.sleep(0.2)


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


def _make(layout: Layout, engine: Engine, *, durable: bool) -> None:
    """Make the data under another name and rename it, so that an interruption leaves nothing half made."""
    unfinished = layout.data / "postgres.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=PRIVATE)
    if ids := engine.ids():
        layout.data.chmod(0o711)
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
        env=_environment(),
        cwd="/",
        user=ids[0] if ids else None,
        group=ids[1] if ids else None,
        extra_groups=[] if ids else None,
    )
    if answer.returncode:
        raise _failure(layout, answer.stderr)


def _hand_over(layout: Layout, sockets: Path, ids: tuple[int, int]) -> None:
    """Let the lesser account pass through the data folder, and own its sockets."""
    layout.data.chmod(0o711)
    os.chown(sockets, *ids)


def _program(layout: Layout, engine: Engine, sockets: Path, *, durable: bool) -> Program:
    settings = postgres_settings.for_machine(engine.major)
    if not durable:
        settings |= postgres_settings.FOR_TESTS
    settings |= {"unix_socket_directories": str(sockets)}
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return Program(
        name=NAME,
        arguments=[engine.program("postgres"), "-D", str(layout.postgres), *words],
        environment=_environment(),
        end=signal.SIGINT,  # the fast shutdown: open transactions are rolled back
        patience=60.0,
        prefix=engine.prefix,
        account=engine.account,
        folder=Path("/"),
    )


def _environment() -> dict[str, str]:
    """English messages, so that causes can be told, and no PG* variable of somebody else's server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}


def _clear_stale_lock(layout: Layout) -> None:
    """Remove a lock file whose number now belongs to some other program, which PostgreSQL cannot tell."""
    lock = layout.postgres / "postmaster.pid"
    try:
        pid = int(lock.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return
    if str(layout.postgres) not in identity.command_line(pid):
        lock.unlink(missing_ok=True)


def _becomes_ready(layout: Layout, server: Child) -> bool:
    """Wait for the word that the server writes into its lock file; False when it ends first."""
    deadline = time.monotonic() + READY_SECONDS
    while server.ended() is None:
        if _says_ready(layout, server.process.pid):
            return True
        if time.monotonic() > deadline:
            server.stop()
            raise Problem(
                f"PostgreSQL did not take connections within {READY_SECONDS:.0f} s.",
                f"It may be recovering a large database: see {layout.log / 'postgres.log'} and start again.",
            )
        time.sleep(POLL_SECONDS)
    server.pidfile.unlink(missing_ok=True)
    return False


def _says_ready(layout: Layout, pid: int) -> bool:
    """Line 1 of postmaster.pid is the number, line 8 the state (src/include/utils/pidfile.h)."""
    try:
        lines = (layout.postgres / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _log_size(layout: Layout) -> int:
    log = layout.log / f"{NAME}.log"
    return log.stat().st_size if log.exists() else 0


def _log_since(layout: Layout, begun: int) -> str:
    return (layout.log / f"{NAME}.log").read_bytes()[begun:].decode(errors="replace")


def _failure(layout: Layout, said: str) -> Problem:
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
