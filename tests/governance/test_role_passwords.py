"""The lesser roles sign in with passwords that no log of statements can hold."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from governance.actions.set_role_passwords import NoSuchRole, set_role_passwords
from governance.models import AuditEvent

PASSWORDS = {"isocenter_app": "Password0OfTheApplication", "isocenter_sealer": "Password0OfTheSealer"}


def stored_for(role: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", [role])
        return str(cursor.fetchone()[0])


def test_each_role_gets_its_password_and_the_trail_says_so_without_it(db):
    assert set_role_passwords(PASSWORDS) == 2
    assert all(stored_for(role).startswith("SCRAM-SHA-256$") for role in PASSWORDS)
    told = bytes(AuditEvent.objects.filter(event="configuration.changed").latest("id").payload).decode()
    assert "database_role:isocenter_sealer" in told
    assert not [password for password in PASSWORDS.values() if password in told]


def test_no_statement_holds_a_password(db, django_assert_max_num_queries):
    with django_assert_max_num_queries(10) as seen:
        set_role_passwords(PASSWORDS)
    statements = "".join(query["sql"] for query in seen.captured_queries)
    assert "ALTER ROLE" in statements
    assert not [password for password in PASSWORDS.values() if password in statements]


def test_a_role_without_a_password_is_left_as_it_is(db):
    assert set_role_passwords({"isocenter_app": "", "isocenter_sealer": ""}) == 0
    assert not AuditEvent.objects.filter(event="configuration.changed").exists()


def test_a_role_that_is_missing_is_named(db):
    with pytest.raises(NoSuchRole, match="isocenter_nobody"):
        set_role_passwords({**PASSWORDS, "isocenter_nobody": "Password0OfNobody"})


def test_the_application_itself_cannot_change_a_password(db):
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE isocenter_app")
        with pytest.raises(ProgrammingError), transaction.atomic():
            set_role_passwords(PASSWORDS)
        cursor.execute("RESET ROLE")


def test_the_command_migrates_and_lets_the_roles_sign_in(db, settings):
    settings.DATABASE_ROLE_PASSWORDS = PASSWORDS
    said = io.StringIO()
    call_command("prepare_database", stderr=said, stdout=io.StringIO())
    assert "2 roles" in said.getvalue()
    settings.DATABASE_ROLE_PASSWORDS = {"isocenter_nobody": "Password0OfNobody"}
    with pytest.raises(CommandError, match="isocenter_nobody"):
        call_command("prepare_database", stderr=said, stdout=io.StringIO())
