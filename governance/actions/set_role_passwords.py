"""Let the lesser database roles sign in to a PostgreSQL that asks for passwords."""

from collections.abc import Mapping

from django.db import connection, transaction
from psycopg import sql

from governance.actions.record import Thing, record
from governance.audit.events import Event


class NoSuchRole(Exception):
    """A role has a password set for it and is not there; the message names it."""


@transaction.atomic
def set_role_passwords(passwords: Mapping[str, str]) -> int:
    """Set the password of each role that has one in `passwords`, and return of how many. Raises NoSuchRole.

    Only the owner of the installation may: PostgreSQL refuses everybody who may not make roles. What reaches the
    server is the verifier of SCRAM-SHA-256 (RFC 5803), so that no log of statements can hold a password.
    """
    named = {role: password for role, password in passwords.items() if password}
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [list(named)])
        if missing := named.keys() - {role for (role,) in cursor.fetchall()}:
            raise NoSuchRole(f"PostgreSQL has no role {min(missing)}; the migrations make it where they may.")
        for role, password in named.items():
            server = cursor.connection.pgconn
            verifier = server.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
            cursor.execute(
                sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier))
            )
    if named:
        things = tuple(Thing("database_role", role) for role in sorted(named))
        record(Event.CONFIGURATION_CHANGED, actor=None, things=things, detail={"changed": "password"})
    return len(named)
