"""The services of a data folder, embedded where no address names one, and what children are told of them."""

import base64
import contextlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from launcher import leftovers, postgres, valkey
from launcher.fleet import Fleet
from launcher.layout import Layout
from launcher.problem import Problem
from launcher.sockets import forget, remembered

# Made by governance's migrations 0003 and 0004: what they may do, and what they may not, is written there.
APP_ROLE = "isocenter_app"
SEALER_ROLE = "isocenter_sealer"
_PKCS8_ED25519 = bytes.fromhex("302e020100300506032b657004220420")
LEAST_FREE_BYTES = 200_000_000


def is_set(name: str, environment: Mapping[str, str]) -> bool:
    """Whether the variable, or the file that holds its value, is named."""
    return bool(environment.get(name) or environment.get(f"{name}_FILE"))


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
    """The environment of every child: this process's, with the addresses and the secret key of the folder."""
    told = dict(os.environ)
    sockets = remembered(layout) or layout.run
    if not is_set("DATABASE_URL", told):
        told = {name: value for name, value in told.items() if not name.startswith("PG")}
        told["DATABASE_URL"] = postgres.url(sockets)
    if not is_set("REDIS_URL", told):
        told["REDIS_URL"] = valkey.url(sockets)
    if not is_set("ISOCENTER_SECRET_KEY", told):
        told["ISOCENTER_SECRET_KEY"] = secret_key(layout)
    if not is_set("ISOCENTER_SECRETS_KEY", told):
        told["ISOCENTER_SECRETS_KEY"] = secrets_key(layout)
    if not is_set("ISOCENTER_AUDIT_KEY", told):
        told["ISOCENTER_AUDIT_KEY"] = audit_key(layout)
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


def secret_key(layout: Layout) -> str:
    """The folder's key, made once and readable by this account only."""
    return _kept(layout.secret_key, lambda: secrets.token_urlsafe(50))


def secrets_key(layout: Layout) -> str:
    """The keys under which secrets lie in the database: one to begin with, 32 random bytes in base64."""
    return _kept(layout.secrets_key, lambda: base64.b64encode(secrets.token_bytes(32)).decode())


def audit_key(layout: Layout) -> str:
    """The key that signs the audit trail, made once and readable by this account only: an Ed25519 key in PEM."""
    return _kept(layout.audit_key, _new_ed25519_key)


def _new_ed25519_key() -> str:
    """32 random bytes in the frame of PKCS #8 (RFC 8410 section 7)."""
    content = base64.b64encode(_PKCS8_ED25519 + secrets.token_bytes(32)).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{content}\n-----END PRIVATE KEY-----\n"


def _kept(path: Path, make: Callable[[], str]) -> str:
    """What the file holds, made when there is none; whole or not there, whoever is killed meanwhile."""
    if not path.exists():
        unfinished = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        # Another process may have been quicker: its key stays.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(unfinished)
        unfinished.unlink()
    return path.read_text().strip()


def refuse_a_full_disk(folder: Path) -> None:
    """Raise Problem where the disk has not even room to start."""
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise Problem(
            f"The disk of {folder} is full: {free // 1_000_000} MB are free, "
            f"{LEAST_FREE_BYTES // 1_000_000} MB are the least to start with.",
            "Free some space, or put the data elsewhere with ISOCENTER_DATA or --data.",
        )
