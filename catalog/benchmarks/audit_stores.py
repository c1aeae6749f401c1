"""Four ways of keeping the same event, within a transaction; the same code makes its bytes in all of them."""

from collections.abc import Callable
from hashlib import sha256

from django.db import connection
from django.utils import timezone

from governance.actions.record import COLUMNS, Deed, Thing, record, row_of
from governance.audit.events import Event
from governance.audit.origin import current
from governance.models import Collection, User

IN_WORDS = {
    "sealed": "record(), while ./isocenter audit seal --watch runs beside; the clock stops when "
    "the last event is under a signed checkpoint",
    "plain": "the same row by one INSERT into a table with the same columns and indexes, without "
    "partitions, hash, queue and seal",
    "chain": "SELECT the head FOR UPDATE, SHA-256 over its hash and the payload, INSERT, UPDATE of the head",
    "chain_at_once": "the same chain as one statement that hashes in PostgreSQL: no round trip while the lock is held",
}
_TABLES = ("plain", "chain", "chain_at_once")
_MAKE = """
    CREATE TABLE bench_{0} (LIKE governance_audit_event INCLUDING DEFAULTS, PRIMARY KEY (id));
    ALTER TABLE bench_{0} ALTER leaf_hash DROP NOT NULL;
    CREATE INDEX ON bench_{0} USING brin (recorded_at);
    CREATE INDEX ON bench_{0} (actor_id, id);
    CREATE INDEX ON bench_{0} (event, id);
    CREATE INDEX ON bench_{0} USING gin (patients);
    CREATE INDEX ON bench_{0} USING gin (participant_objects);
    CREATE TABLE bench_{0}_head (hash bytea NOT NULL);
    INSERT INTO bench_{0}_head VALUES (sha256(''))"""
_VALUES = ", ".join(["%s"] * len(COLUMNS.split(",")))
_PLAIN = f"INSERT INTO bench_plain ({COLUMNS}) VALUES ({_VALUES})"  # noqa: S608
_CHAIN = f"INSERT INTO bench_chain ({COLUMNS}, leaf_hash) VALUES ({_VALUES}, %s)"  # noqa: S608
_CHAIN_AT_ONCE = f"""
    WITH head AS (UPDATE bench_chain_at_once_head SET hash = sha256(hash || %s) RETURNING hash)
    INSERT INTO bench_chain_at_once ({COLUMNS}, leaf_hash) SELECT {_VALUES}, hash FROM head"""  # noqa: S608

Store = Callable[[int], None]


def make_tables() -> None:
    """Make what the baselines write into."""
    with connection.cursor() as cursor:
        for name in _TABLES:
            cursor.execute(_MAKE.format(name))


def store_sealed(number: int) -> None:
    """As the application does it."""
    deed = deed_of(number)
    record(
        deed.event,
        actor=deed.actor,
        collection=deed.collection,
        things=deed.things,
        patients=deed.patients,
        purpose=deed.purpose,
        detail=deed.detail,
    )


def store_plain(number: int) -> None:
    """A table, and nothing that would show a change."""
    with connection.cursor() as cursor:
        cursor.execute(_PLAIN, row_of(deed_of(number), timezone.now(), current()))


def store_chain(number: int) -> None:
    """The chain as an application would write it: each event's hash is over the one before."""
    with connection.cursor() as cursor:
        row = row_of(deed_of(number), timezone.now(), current())
        cursor.execute("SELECT hash FROM bench_chain_head FOR UPDATE")
        digest = sha256(bytes(cursor.fetchone()[0]) + row[1]).digest()
        cursor.execute(_CHAIN, (*row, digest))
        cursor.execute("UPDATE bench_chain_head SET hash = %s", [digest])


def store_chain_at_once(number: int) -> None:
    """The chain as quick as it can be: its lock is held from one statement to the end of the commit."""
    with connection.cursor() as cursor:
        row = row_of(deed_of(number), timezone.now(), current())
        cursor.execute(_CHAIN_AT_ONCE, (row[1], *row))


STORES: dict[str, Store] = {
    "sealed": store_sealed,
    "plain": store_plain,
    "chain": store_chain,
    "chain_at_once": store_chain_at_once,
}


def deed_of(number: int) -> Deed:
    """Somebody looks at a series: 510 bytes, as a page writes them."""
    return Deed(
        event=Event.OBJECT_VIEWED,
        actor=User(pk=1 + number % 900, username="daniel.okafor"),
        collection=Collection(pk=1 + number % 500, name=""),
        things=(Thing("study", number), Thing("series", 3 * number)),
        patients=(sha256(str(number).encode()).hexdigest()[:32],),
        purpose="quality control",
        detail={"masked": True, "page": "series"},
    )
