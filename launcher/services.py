"""The services of a data folder, embedded where no address names one, and what children are told of them."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from launcher import leftovers, postgres, valkey
from launcher.fleet import Fleet
from launcher.keys import add_keys, is_set
from launcher.layout import Layout
from launcher.problem import Problem
from launcher.sockets import forget, remembered

# Made by governance's migrations 0003 and 0004: what they may do, and what they may not, is written there.
APP_ROLE = "isocenter_app"
SEALER_ROLE = "isocenter_sealer"
LEAST_FREE_BYTES = 200_000_000


@contextmanager
def running(layout: Layout, *, durable: bool = True) -> Iterator[Fleet]:
    """Run what no variable names, and stop it all again at the end. Raises Problem when one does not come up."""
    with empty_fleet(layout) as fleet:
        start(layout, fleet, durable=durable)
        yield fleet


@contextmanager
def empty_fleet(layout: Layout) -> Iterator[Fleet]:
    """A fleet for this folder, after stopping what a killed owner left. Call while owning the folder."""
    clear(layout)
    refuse_a_full_disk(layout.data)
    fleet = Fleet()
    try:
        yield fleet
    finally:
        fleet.stop()
        # A signal may have come between the start of a child and its place in the fleet.
        clear(layout)


def start(layout: Layout, fleet: Fleet, *, durable: bool = True) -> None:
    """Add the services that no variable names."""
    if not is_set("DATABASE_URL", os.environ):
        fleet.start(lambda: postgres.start(layout, durable=durable))
    if not is_set("REDIS_URL", os.environ):
        fleet.start(lambda: valkey.start(layout, durable=durable))


def clear(layout: Layout) -> None:
    """Stop what a killed owner left running and remove its sockets. Call while owning the folder."""
    leftovers.stop(layout)
    forget(layout)


def environment(layout: Layout) -> dict[str, str]:
    """The environment of every child: this process's, with the addresses and keys of the folder.

    The key that signs the audit trail is not among them: launcher.keys.signing adds it for the few who need it.
    """
    told = dict(os.environ)
    sockets = remembered(layout) or layout.run
    if not is_set("DATABASE_URL", told):
        told = {name: value for name, value in told.items() if not name.startswith("PG")}
        told["DATABASE_URL"] = postgres.url(sockets)
    if not is_set("REDIS_URL", told):
        told["REDIS_URL"] = valkey.url(sockets)
    add_keys(layout, told)
    told.setdefault("ISOCENTER_AUDIT_ANCHORS", str(layout.audit_anchors))
    told["ISOCENTER_DATA"] = str(layout.data)
    told["PYTHONUNBUFFERED"] = "1"
    if layout.demo.exists():
        told["ISOCENTER_DEMO"] = "1"
    return told


def in_role(environment: Mapping[str, str], role: str) -> dict[str, str]:
    """The environment of a child that is `role` to the embedded PostgreSQL; another server's address says who it is."""
    if is_set("DATABASE_URL", os.environ):
        return dict(environment)
    return {**environment, "DATABASE_URL": postgres.in_role(environment["DATABASE_URL"], role)}


def refuse_a_full_disk(folder: Path) -> None:
    """Raise Problem where the disk has not even room to start."""
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise Problem(
            f"The disk of {folder} is full: {free // 1_000_000} MB are free, "
            f"{LEAST_FREE_BYTES // 1_000_000} MB are the least to start with.",
            "Free some space, or put the data elsewhere with ISOCENTER_DATA or --data.",
        )
