"""Having the services for the length of one command: one's own, or those of the owner that runs already."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from launcher import ownership, services
from launcher.layout import Layout
from launcher.ownership import Owned
from launcher.problem import Problem

START_SECONDS = 120.0
POLL_SECONDS = 0.1


@contextmanager
def with_services(layout: Layout, command: str) -> Iterator[dict[str, str]]:
    """Yield the environment for children, with the services running until the block ends."""
    layout.prepare()
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with ownership.own(layout, command) as own, services.running(layout):
                own.ready()
                yield services.environment(layout)
                ownership.wait_for_guests(
                    layout, "Another command still uses the services; waiting.", sys.stderr
                )
                return
        except Owned as owned:
            if owned.owner and owned.owner.ready:
                break
            if time.monotonic() > deadline:
                raise _stuck(layout) from None
            time.sleep(POLL_SECONDS)
    with ownership.visit(layout):
        yield services.environment(layout)


def _stuck(layout: Layout) -> Problem:
    return Problem(
        f"Another ./isocenter has been starting or stopping on {layout.data} for {START_SECONDS:.0f} s.",
        f"See {layout.log}, or end that process, and try again.",
    )
