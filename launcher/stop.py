"""`./isocenter stop`: end the supervisor, or what a killed one left."""

import os
import signal
import time
from collections.abc import Sequence

from launcher import leftovers, options, ownership
from launcher.console import say
from launcher.identity import is_alive
from launcher.layout import Layout
from launcher.ownership import Owned, Owner
from launcher.problem import Problem
from launcher.sockets import forget

PATIENCE_SECONDS = 180.0
POLL_SECONDS = 0.05


def run(arguments: Sequence[str]) -> int:
    """Return 0 when nothing runs any more. Raises Problem when something else has the folder or will not end."""
    layout = options.layout(
        options.parser("stop", "Stop what runs on the data folder.").parse_args(arguments)
    )
    if not layout.run.is_dir():
        say("Nothing was running.")
        return 0
    try:
        with ownership.own(layout, "stop"):
            stopped = leftovers.stop(layout)
            forget(layout)
    except Owned as owned:
        _end(layout, owned.owner)
        return 0
    say(f"Stopped what was left running: {', '.join(stopped)}." if stopped else "Nothing was running.")
    return 0


def _end(layout: Layout, owner: Owner | None) -> None:
    if owner is None:
        raise Problem(
            f"An ./isocenter is just starting or stopping on {layout.data}.", "Try again in a few seconds."
        )
    if not owner.serves:
        raise Problem(
            f"./isocenter {owner.command} (pid {owner.pid}) is using {layout.data}; it is no server.",
            f"It stops the services itself when it has finished; to interrupt it: kill {owner.pid}",
        )
    os.kill(owner.pid, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while is_alive(owner.pid, owner.started):
        if time.monotonic() > deadline:
            raise Problem(
                f"Isocenter (pid {owner.pid}) has not ended within {PATIENCE_SECONDS:.0f} s.",
                f"kill -9 {owner.pid}, then ./isocenter stop{options.naming(layout)} for what it leaves.",
            )
        time.sleep(POLL_SECONDS)
    say("Isocenter has stopped.")
