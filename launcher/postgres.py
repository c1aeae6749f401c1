"""A private PostgreSQL in the data folder: started, and waited for until it takes connections."""

import os
import signal
import time
from pathlib import Path
from urllib.parse import quote

from launcher import child, postgres_settings
from launcher.child import Child, Program
from launcher.engine import Engine, choose_engine
from launcher.layout import Layout
from launcher.postgres_data import (
    DATABASE,
    ROLE,
    clear_stale_lock,
    environment,
    failure,
    made_by,
    make,
)
from launcher.problem import Problem
from launcher.sockets import socket_folder

NAME = "postgres"
READY_SECONDS = 120.0
POLL_SECONDS = 0.01
# After a kill the old backends need a moment to notice; until then their shared memory is in the way.
HANDOVER_SECONDS = 10.0
HANDOVER_SIGNS = ("shared memory block", "lock file", "is another postmaster")


def url(sockets: Path) -> str:
    """The address of the embedded server, as DATABASE_URL takes it."""
    return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(sockets))}"


def in_role(address: str, role: str) -> str:
    """The same address for another role."""
    return address.replace(f"//{ROLE}@", f"//{role}@", 1)


def start(layout: Layout, *, durable: bool = True) -> Child:
    """Start the server, making its data at the first start, and return when it takes connections.

    `durable=False` is for tests: faster, and a crash of the machine may cost the data.
    Raises Problem, with the log's own words, when it does not come up.
    """
    wanted = made_by(layout)
    engine = choose_engine(wanted, layout.data)
    if engine.ids():
        layout.data.chmod(0o711)  # the lesser account must pass through
    if wanted is None:
        make(layout, engine, durable=durable)
    sockets = socket_folder(layout, apart=engine.account != "-")
    if ids := engine.ids():
        os.chown(sockets, *ids)
    clear_stale_lock(layout)
    program = _program(layout, engine, sockets, durable=durable)
    deadline = time.monotonic() + HANDOVER_SECONDS
    while True:
        begun = _log_size(layout)
        server = child.start(program, layout)
        if _becomes_ready(layout, server):
            return server
        said = _log_since(layout, begun)
        if server.ended() == -signal.SIGKILL:
            raise Problem(
                "PostgreSQL was killed while it started.",
                "Start again: it recovers from its log, and nothing that was committed is lost.",
            )
        if time.monotonic() > deadline or not any(sign in said for sign in HANDOVER_SIGNS):
            raise failure(layout, said)
        time.sleep(0.2)


def _program(layout: Layout, engine: Engine, sockets: Path, *, durable: bool) -> Program:
    settings = postgres_settings.for_machine(engine.major)
    if not durable:
        settings |= postgres_settings.FOR_TESTS
    settings |= {"unix_socket_directories": str(sockets)}
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return Program(
        name=NAME,
        arguments=[engine.program("postgres"), "-D", str(layout.postgres), *words],
        environment=environment(),
        end=signal.SIGINT,  # the fast shutdown: open transactions are rolled back
        patience=60.0,
        prefix=engine.prefix,
        account=engine.account,
        folder=Path("/"),
    )


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
