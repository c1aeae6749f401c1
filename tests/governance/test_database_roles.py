"""What the application is to the database: it can add to the audit trail, and not even ask to change it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunSQL

from catalog.models import Source
from governance.actions.record import record
from governance.actions.seal_events import make_months, seal_events
from governance.audit.events import Event
from governance.models import AuditEvent
from governance.trail.verify import verify_trail
from tests.factories import make_source
from tests.governance import trail

FORBIDDEN = (
    "UPDATE governance_audit_event SET event = 'x'",
    "DELETE FROM governance_audit_event",
    "TRUNCATE governance_audit_event",
    "INSERT INTO governance_audit_event_other (recorded_at) VALUES (now())",
    "INSERT INTO governance_audit_leaf VALUES (0, 0, now(), '')",
    "DELETE FROM governance_audit_leaf",
    "INSERT INTO governance_audit_checkpoint VALUES (0, '', '{}', '', now())",
    "DELETE FROM governance_audit_pending",
    "UPDATE governance_audit_node SET hash = ''",
    "ALTER TABLE governance_audit_event DISABLE TRIGGER ALL",
    "DROP TABLE governance_audit_leaf",
    "DROP TRIGGER governance_audit_enqueue ON governance_audit_event",
    "SET session_replication_role = replica",
    "SELECT governance_audit_make_partition('x', 'DEFAULT')",
    "CREATE TABLE public.mine (id int)",
)


@contextmanager
def being(role: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {role}")
        try:
            yield
        finally:
            cursor.execute("RESET ROLE")


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_application_cannot_change_the_trail(statement, db):
    record(Event.SIGNED_OUT, actor=None)
    with (
        being("isocenter_app"),
        pytest.raises(ProgrammingError) as refusal,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert refusal.value.__cause__.sqlstate == "42501"


SEALERS_OWN = {FORBIDDEN[4], FORBIDDEN[6], FORBIDDEN[7]}


@pytest.mark.parametrize("statement", [each for each in FORBIDDEN if each not in SEALERS_OWN])
def test_the_sealer_cannot_change_what_is_sealed(statement, db):
    with (
        being("isocenter_sealer"),
        pytest.raises(ProgrammingError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_application_writes_events_and_works_with_every_other_table(alice, radiology):
    with being("isocenter_app"):
        before = AuditEvent.objects.count()
        record(Event.SIGNED_IN, actor=alice)
        assert AuditEvent.objects.count() == before + 1
        source = make_source(radiology)
        Source.objects.filter(pk=source.pk).update(name="Other")
        source.delete()


def test_every_table_of_the_installation_is_open_to_the_application_but_the_trail(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, has_table_privilege('isocenter_app', oid, 'SELECT, INSERT, UPDATE, DELETE'), "
            "has_table_privilege('isocenter_app', oid, 'UPDATE') OR "
            "has_table_privilege('isocenter_app', oid, 'DELETE') "
            "FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
        )
        rows = cursor.fetchall()
    assert len(rows) > 30
    for name, some, change in rows:
        assert some, name
        assert change != name.startswith("governance_audit_"), name


def statements_about_roles() -> dict[str, str]:
    """What migrations say to roles that are there: those after the one that makes them."""
    loaded = MigrationLoader(connection).disk_migrations
    return {
        f"{name} {number}": str(operation.sql)
        for (app, name), migration in sorted(loaded.items())
        for number, operation in enumerate(migration.operations)
        if app in {"governance", "catalog"} and name > "0003" and isinstance(operation, RunSQL)
        if re.search(r"\b(FROM|TO) isocenter_", str(operation.sql)) and "CREATE TABLE" not in operation.sql
    }


def test_migrations_pass_where_the_lesser_roles_could_not_be_made(db):
    """An owner who may make no roles does without them; renamed here, for as long as the test's transaction."""
    found = statements_about_roles()
    assert len(found) >= 2
    with connection.cursor() as cursor:
        cursor.execute("ALTER ROLE isocenter_app RENAME TO isocenter_app_away")
        cursor.execute("ALTER ROLE isocenter_sealer RENAME TO isocenter_sealer_away")
        for sql in found.values():
            cursor.execute(sql)


def test_what_was_decided_cannot_be_removed_by_the_application(db):
    kept = ("grant", "role", "accessrequest", "accessreview", "reviewrow", "lens", "breakglass", "invitation")
    with connection.cursor() as cursor:
        for name in kept:
            asked = f"SELECT has_table_privilege('isocenter_app', 'governance_{name}', 'DELETE')"
            cursor.execute(asked)
            assert cursor.fetchone() == (False,), name


def test_the_sealer_seals_with_what_it_may_do(sealed):
    seal, key = sealed
    trail.write(12)
    with being("isocenter_sealer"):
        make_months()
        assert seal_events(seal) == 12
    assert verify_trail(key).finding is None


def test_months_to_come_are_as_closed_as_those_that_are(sealed):
    with connection.cursor() as cursor:
        with being("isocenter_sealer"):
            cursor.execute("SELECT governance_audit_make_months(6)")
        cursor.execute(
            "SELECT relname, has_table_privilege('isocenter_app', oid, 'INSERT') FROM pg_class "
            "WHERE relname LIKE 'governance\\_audit\\_event\\_20%%' AND relkind = 'r'"
        )
        months = cursor.fetchall()
    assert len(months) >= 7
    assert not [name for name, may_insert in months if may_insert]
