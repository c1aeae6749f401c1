"""A trail of a test's own: empty at its beginning, sealed by a key made for it, and emptied again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from governance.actions.record import Deed, Thing, record_many
from governance.actions.seal_events import Seal, seal_events
from governance.audit.events import Event
from governance.audit.notes import load_key, new_key, vkey

ORIGIN = "test.example"
TABLES = (
    "governance_audit_event, governance_audit_pending, governance_audit_leaf, governance_audit_node, "
    "governance_audit_checkpoint"
)


def new_seal() -> tuple[Seal, str]:
    """A sealer with a new key, and the public key that verifies it."""
    key = load_key(new_key())
    return Seal(ORIGIN, key), vkey(ORIGIN, key.public_key())


@contextmanager
def triggers_off() -> Iterator[None]:
    """What a superuser can do: no trigger fires."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            yield
        finally:
            cursor.execute("SET session_replication_role = DEFAULT")


def empty() -> None:
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLES}")


def write(number: int) -> None:
    record_many(Deed(event=Event.OBJECT_VIEWED, things=(Thing("study", n),)) for n in range(number))


def write_and_seal(seal: Seal, *batches: int) -> None:
    """Write and seal this many events at a time; each batch ends with a signed head."""
    for number in batches:
        write(number)
        assert seal_events(seal) == number


def execute(statement: str, *parameters: Any) -> int:
    """Run a statement as a superuser with the triggers off, and return how many rows it touched."""
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)
